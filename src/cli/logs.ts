import { systemClock } from '../base/clock.js';
import { ParallelError } from '../base/errors.js';
import { type ClusterSummary, listClusters, summaryOf } from '../cluster/cluster-list.js';
import { type ClusterLog, loggedIds, logsOf } from '../cluster/log-files.js';
import { checkClusterId } from '../cluster/cluster-options.js';
import type { ClusterLocation } from '../wire/cluster-files.js';
import { CommandError, exitCodes } from './exit-codes.js';
import { readableLine } from './log-line.js';
import { LogTail } from './log-tail.js';
import { note, outputClosed, print, printJson, styled } from './output.js';
import { type PlaceOptions, profileDirOf } from './place.js';
import { onEndingSignal } from './signals.js';

export interface LogsOptions extends PlaceOptions {
  readonly follow?: boolean;
  readonly lines: number;
  readonly json?: boolean;
}

const periodMs = 200;

/** What the controller and the engines logged, of dead ones too; with `--follow` also what they will. */
export async function logs(engineIds: readonly number[], options: LogsOptions): Promise<void> {
  if (options.json === true && options.follow === true) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      '--json prints one document, so it cannot follow: leave out --follow, or --json.',
    );
  }
  const location = await locationOf(options);
  const wanted = await wantedLogs(location, engineIds);
  if (options.json === true) await tellJson(wanted, options.lines);
  else await tell({ location, engineIds, wanted }, options);
}

interface Reading {
  readonly location: ClusterLocation;
  /** Empty for all, and the controller's. */
  readonly engineIds: readonly number[];
  readonly wanted: readonly ClusterLog[];
}

/** One that runs comes first; then one that left logs. */
async function locationOf(options: PlaceOptions): Promise<ClusterLocation> {
  const profileDir = profileDirOf(options);
  const { clusterId } = options;
  if (clusterId !== undefined) checkClusterId(clusterId);
  const logged = await loggedIds(profileDir);
  const running = (await listClusters(profileDir)).filter(isHere);
  for (const ids of [running.map((cluster) => cluster.clusterId), logged]) {
    const chosen = chooseId(
      ids.filter((id) => logged.includes(id)),
      clusterId,
    );
    if (chosen !== undefined) return { profileDir, clusterId: chosen };
  }
  throw noLogs(options, profileDir);
}

function isHere({ kind, state }: ClusterSummary): boolean {
  return kind === 'pxlab' && state === 'running';
}

function chooseId(ids: readonly string[], wanted: string | undefined): string | undefined {
  if (ids.includes(wanted ?? '')) return wanted ?? '';
  if (wanted !== undefined || ids.length <= 1) return wanted === undefined ? ids[0] : undefined;
  throw new ParallelError(
    'SEVERAL_CLUSTERS',
    `There are logs of ${ids.length} clusters: ${ids.join(', ')}. Name one with \`--cluster-id\`.`,
  );
}

function noLogs({ clusterId }: PlaceOptions, profileDir: string): CommandError {
  const which = clusterId === undefined ? '' : ` of a cluster '${clusterId}'`;
  return new CommandError(
    exitCodes.noCluster,
    `There are no logs${which} in ${profileDir}. \`pxcluster list\` shows what clusters there are.`,
  );
}

async function wantedLogs(
  location: ClusterLocation,
  engineIds: readonly number[],
): Promise<readonly ClusterLog[]> {
  const all = await logsOf(location);
  const unknown = engineIds.find((id) => all.every((log) => log.engineId !== id));
  if (unknown === undefined) return all.filter((log) => isWanted(log, engineIds));
  const known = all.flatMap(({ engineId }) => engineId ?? []).join(', ');
  throw new ParallelError(
    'NO_SUCH_ENGINE',
    `There is no log of an engine ${unknown}; ${known === '' ? 'there is none of any' : `there are those of ${known}`}. ` +
      'The output of an engine that the cluster did not start is where it was started.',
  );
}

function isWanted({ engineId }: ClusterLog, engineIds: readonly number[]): boolean {
  return engineIds.length === 0 || (engineId !== undefined && engineIds.includes(engineId));
}

async function tellJson(wanted: readonly ClusterLog[], limit: number): Promise<void> {
  const all = wanted.map(async ({ source, engineId, file }) => {
    const lines = last(await new LogTail(file).readLines({ isLast: true }), limit);
    return { source, engineId: engineId ?? null, file, lines };
  });
  printJson(await Promise.all(all));
}

async function tell(reading: Reading, { lines, follow = false }: LogsOptions): Promise<void> {
  const { wanted } = reading;
  const tails = new Map<string, LogTail>();
  const mark = markerOf(wanted, reading.engineIds.length === 1);
  let count = 0;
  for (const log of wanted) {
    const tail = new LogTail(log.file);
    tails.set(log.file, tail);
    const all = await tail.readLines({ isLast: !follow });
    for (const line of last(all, lines)) print(mark(log) + readableLine(line));
    count += all.length;
  }
  if (follow) await followLogs(reading, { tails, mark });
  else if (count === 0) note(emptySentence(wanted));
}

/** An engine's output goes to the notebooks; in its log is what no client sees. */
function emptySentence(wanted: readonly ClusterLog[]): string {
  const files = wanted.map(({ file }) => file).join(', ');
  return `Empty: ${files}. What cells print goes to the notebooks; a log has what reached none, such as why an engine could not start.`;
}

function last(lines: readonly string[], limit: number): readonly string[] {
  return limit === 0 ? [] : lines.slice(-limit);
}

type Marker = (log: ClusterLog) => string;

/** `[engine 2] ` before each line, unless one engine alone is meant. */
function markerOf(wanted: readonly ClusterLog[], isAlone: boolean): Marker {
  const width = Math.max(0, ...wanted.map((log) => labelOf(log).length));
  return isAlone ? () => '' : (log) => `${styled('cyan', labelOf(log).padEnd(width))} `;
}

function labelOf({ source, engineId }: ClusterLog): string {
  if (source === 'controller') return '[controller]';
  return engineId === undefined ? '[engine ?]' : `[engine ${engineId}]`;
}

/** Until Ctrl-C, until nobody reads any more, or until the cluster has ended. */
async function followLogs(
  { location, engineIds }: Reading,
  { tails, mark }: { tails: Map<string, LogTail>; mark: Marker },
): Promise<void> {
  const end = new AbortController();
  const release = onEndingSignal(() => end.abort());
  void outputClosed.then(() => end.abort()); // never rejects
  while (!end.signal.aborted) {
    const isRunning = (await summaryOf(location))?.state === 'running';
    for (const log of await logsOf(location)) {
      if (!isWanted(log, engineIds)) continue;
      const tail = tails.get(log.file) ?? new LogTail(log.file);
      tails.set(log.file, tail);
      for (const line of await tail.readLines({ isLast: !isRunning })) {
        print(mark(log) + readableLine(line));
      }
    }
    if (!isRunning) {
      note('The cluster does not run any more.');
      break;
    }
    await systemClock.sleep(periodMs, end.signal);
  }
  release();
}
