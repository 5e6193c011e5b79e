import type { EngineState } from '../wire/cluster-state.js';
import type { EngineObituary } from '../wire/cluster-requests.js';
import type { PanelCluster, PanelCommand } from '../wire/panel-messages.js';
import type { Link } from './link.js';

const kernelTitle = 'TypeScript (pxlab)';

/** What there is to say while no state of a cluster can be shown or the one that is shown is old. */
export function linkSentence(link: Link): string | undefined {
  switch (link.kind) {
    case 'no-notebook':
      return `Open a notebook with the kernel “${kernelTitle}” to see its engines here.`;
    case 'no-kernel':
      return `This notebook has no kernel. Choose “${kernelTitle}” for it.`;
    case 'other-kernel':
      return `This notebook runs “${link.kernelName}”. Engines belong to notebooks with the kernel “${kernelTitle}”.`;
    case 'waiting':
      return waitingSentences[link.for];
    case 'gone':
      return goneSentences[link.why];
    case 'live':
      return undefined;
    default:
      return assertNever(link);
  }
}

const waitingSentences = {
  kernel: 'The kernel is starting…',
  restart: 'The kernel is restarting…',
  connection: 'The connection to the kernel is lost. Trying again…',
  answer: 'Asking the kernel…',
} as const;

const goneSentences = {
  dead: 'The kernel has died. Restart it to go on.',
  disconnected: 'The connection to the kernel is lost.',
  refused:
    'This kernel does not know the panel. Install the kernel and the panel of one version, and restart the kernel.',
  crowded: 'Many other pages look at this kernel, so it has left this one.',
} as const;

/** `own`, or the name of a shared cluster. */
export function nameOf({ clusterId }: Pick<PanelCluster, 'clusterId'>): string {
  return clusterId === '' ? 'default' : clusterId;
}

/** `4 engines, 2 busy, 3 queued`. */
export function engineSummary(engines: readonly EngineState[]): string {
  const busy = engines.filter(({ running }) => running !== undefined).length;
  const queued = engines.reduce((sum, engine) => sum + engine.queued, 0);
  const parts = [counted(engines.length, 'engine'), busy === 0 ? 'idle' : `${busy} busy`];
  if (queued > 0) parts.push(`${queued} queued`);
  return parts.join(', ');
}

/** `1 engine`, `2 engines`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `Engine 3 was killed by SIGKILL while running Cell [4].` Engines that ended alike are told together. */
export function deathsSentence(deaths: readonly EngineObituary[]): string {
  const groups = new Map<string, number[]>();
  for (const { id, death, running } of deaths) {
    const during = running === undefined ? '' : ` while running ${running.name ?? 'a task'}`;
    const ending = `${deathReason(death)}${during}`;
    groups.set(ending, [...(groups.get(ending) ?? []), id]);
  }
  return [...groups].map(([ending, ids]) => `${engineNames(ids)} ${verb(ending, ids)}.`).join(' ');
}

function verb(ending: string, ids: readonly number[]): string {
  if (!ending.startsWith('killed')) return ending;
  return `${ids.length === 1 ? 'was' : 'were'} ${ending}`;
}

/** `killed by SIGKILL`, `exited with code 3`, … */
export function deathReason({ how, exitCode, signal }: EngineObituary['death']): string {
  if (signal !== undefined) return `killed by ${signal}`;
  if (exitCode !== undefined) return `exited with code ${exitCode}`;
  return deathWords[how];
}

const deathWords = {
  exited: 'exited',
  killed: 'killed',
  silent: 'fell silent',
  left: 'left the cluster',
} as const;

/** `Engine 3`, `Engines 1, 2 and 5`. */
function engineNames(ids: readonly number[]): string {
  const last = ids.at(-1);
  if (ids.length < 2) return `Engine ${last ?? '?'}`;
  return `Engines ${ids.slice(0, -1).join(', ')} and ${last ?? '?'}`;
}

/** What was asked, for a sentence that it was not done. */
export function commandName(command: PanelCommand): string {
  switch (command.type) {
    case 'start':
      return 'start a cluster';
    case 'connect':
      return `connect to cluster ${nameOf(command)}`;
    case 'add-engines':
      return `add ${counted(command.n, 'engine')}`;
    case 'stop':
      return 'stop the cluster';
    case 'interrupt':
      return command.engineIds === undefined
        ? 'interrupt all engines'
        : `interrupt ${engineNames(command.engineIds).toLowerCase()}`;
    case 'restart-engine':
      return `restart engine ${command.engineId}`;
    case 'stop-engine':
      return `stop engine ${command.engineId}`;
    default:
      return assertNever(command);
  }
}

const KIB = 1024;

/** `113 MB`, `2.4 GB`; megabytes of 2 ** 20 bytes, as `top` and the like have it. */
export function memoryText(bytes: number): string {
  const megabytes = bytes / KIB / KIB;
  if (megabytes < 1000) return `${Math.round(megabytes)} MB`;
  return `${(megabytes / KIB).toFixed(1)} GB`;
}

/** `12 s`, `3 min 04 s`, `2 h 05 min`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function assertNever(value: never): never {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`);
}
