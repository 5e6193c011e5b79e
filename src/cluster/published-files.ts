import { existsSync } from 'node:fs';
import { ParallelError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { messageOf } from '../base/errors.js';
import { formatClusterDescription } from '../wire/cluster-description.js';
import { clusterFile, type ClusterLocation, writePrivateFile } from '../wire/cluster-files.js';
import type { ClientInfoFile, EngineInfoFile } from '../wire/connection-info.js';
import { type ClusterSummary, listClusters, summaryOf } from './cluster-list.js';
import {
  claimRecord,
  type ClusterRecord,
  connectionFilesOf,
  updateRecord,
} from './cluster-record.js';
import type { LaunchedEngine } from './launcher.js';
import { remedyElsewhere } from './reach.js';
import { removeFiles, sweepIfDead } from './sweep.js';

export interface PublishedOptions {
  /** Of this process. */
  readonly logFile: string;
  /** Writes ipyparallel's cluster file too. */
  readonly isDescribed: boolean;
  /** Leaves connection files that are there as they are, and for the next run. @defaultValue false */
  readonly isReusing?: boolean;
  readonly log: Logger;
}

/** What others find a cluster by: its record, its two connection files, and ipyparallel's cluster file. */
export class PublishedFiles {
  #record: ClusterRecord;
  readonly #options: PublishedOptions;
  #writing: Promise<void> = Promise.resolve();
  #isRemoved = false;

  constructor(record: ClusterRecord, options: PublishedOptions) {
    this.#record = record;
    this.#options = options;
  }

  get record(): ClusterRecord {
    return this.#record;
  }

  /**
   * Takes the cluster's id for this process; what a dead cluster of the same id left is removed.
   *
   * @throws {@link ParallelError} `ALREADY_STARTED`.
   */
  async claim(): Promise<void> {
    if (await claimRecord(this.#record)) return;
    await sweepIfDead(this.#record);
    if (await claimRecord(this.#record)) return;
    throw alreadyStarted(this.#record, await summaryOf(this.#record));
  }

  /** Writes the connection files: from now on clients find the cluster. */
  announce(infos: { clientInfo: ClientInfoFile; engineInfo: EngineInfoFile }): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (this.#isRemoved) return;
      const { engine, client } = connectionFilesOf(this.#record);
      if (this.#options.isReusing === true && existsSync(engine) && existsSync(client)) return;
      await writeJson(engine, infos.engineInfo);
      await writeJson(client, infos.clientInfo);
    });
    return this.#writing;
  }

  /** Notes which engines run, for those who have to end them if this process cannot. */
  setEngines(engines: readonly LaunchedEngine[]): Promise<void> {
    this.#record = {
      ...this.#record,
      engines: engines.map(({ process, logFile }) => ({ process, logFile })),
    };
    this.#writing = this.#writing
      .then(() => this.#write())
      .catch((error: unknown) => {
        this.#options.log.warn('cluster file not written', { error: messageOf(error) });
      });
    return this.#writing;
  }

  async remove(): Promise<void> {
    this.#isRemoved = true;
    await this.#writing.catch(() => undefined); // whoever wrote knows
    await removeFiles(this.#record);
  }

  async #write(): Promise<void> {
    if (this.#isRemoved) return;
    const { clusterId, profileDir, supervisor, engines } = this.#record;
    const described = engines.map(({ process, logFile }) => ({ pid: process.pid, logFile }));
    await updateRecord(this.#record);
    if (!this.#options.isDescribed) return;
    await writePrivateFile(
      clusterFile(this.#record),
      formatClusterDescription({
        clusterId,
        profileDir,
        controller: { pid: supervisor.pid, logFile: this.#options.logFile },
        engineSets: { [this.#record.startedAt]: described },
      }),
    );
  }
}

function writeJson(path: string, value: object): Promise<void> {
  return writePrivateFile(path, JSON.stringify(value, undefined, 2));
}

/** Refuses an id that is taken, before anything of the cluster that has it is touched. */
export async function refuseIfStarted(location: ClusterLocation): Promise<void> {
  const { clusterId, profileDir } = location;
  await sweepIfDead(location);
  const found = (await listClusters(profileDir)).find((one) => one.clusterId === clusterId);
  if (found === undefined) return;
  if (found.kind === 'pxlab') throw alreadyStarted(location, found);
  if (found.state === 'running') throw takenByOthers(location);
}

function takenByOthers({ clusterId }: ClusterLocation): ParallelError {
  const flag = clusterId === '' ? '' : ` --cluster-id=${clusterId}`;
  return new ParallelError(
    'ALREADY_STARTED',
    `A cluster of ipyparallel with ${clusterId === '' ? 'no id' : `the id '${clusterId}'`} runs already. ` +
      `Stop it with \`ipcluster stop${flag}\`, or start another one with \`--cluster-id NAME\`.`,
  );
}

function alreadyStarted(
  { clusterId }: ClusterLocation,
  { host = '', state, isReachable = false }: Partial<ClusterSummary> = {},
): ParallelError {
  const name = clusterId === '' ? 'A cluster' : `A cluster with the id '${clusterId}'`;
  const another = 'start another one with `--cluster-id NAME`';
  return new ParallelError(
    'ALREADY_STARTED',
    state === 'elsewhere' && !isReachable
      ? `${name} was started on the host ${host} and does not answer from here. ` +
          `${remedyElsewhere(host)} Else ${another}.`
      : `${name} runs already${state === 'elsewhere' ? ` on the host ${host}` : ''}. ` +
          `Stop it with \`pxcluster stop\`, or ${another}.`,
  );
}
