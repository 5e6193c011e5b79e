import type { ClusterState } from './cluster-state.js';
import type { JsonObject } from './message.js';

/**
 * What the side panel and a notebook's kernel say to each other over a comm. The kernel's I/O worker holds
 * its end, so that the panel lives while a cell spins.
 */
export const panelTarget = 'pxlab.panel';

/** From the kernel: the whole state at each change, and one answer to each request. */
export type PanelMessage = { readonly type: 'state'; readonly state: PanelState } | PanelAnswer;

export type PanelAnswer =
  | { readonly type: 'answer'; readonly id: number; readonly status: 'ok'; readonly note?: string }
  /** `message` is one sentence that says what was wrong and what to do. */
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly status: 'error';
      readonly message: string;
    };

export interface PanelState {
  /** The notebook's cluster, or the one that its next `%%px` would take; null when it would start one. */
  readonly cluster: PanelCluster | null;
  /** Other clusters of this user that run. */
  readonly others: readonly OtherCluster[];
  /** How many engines are started when no number is given. */
  readonly usableCores: number;
  /** What the kernel is about to do; absent as a rule. */
  readonly pending?: 'starting' | 'connecting' | 'stopping';
  /** One sentence on how the last cluster ended, or why it cannot be reached. */
  readonly notice?: string;
}

export interface PanelCluster extends ClusterState {
  /** Empty for the one without a name. */
  readonly clusterId: string;
  /** `own`: it ends with the notebook. */
  readonly ownership: 'own' | 'shared';
  readonly profileDir: string;
}

export interface OtherCluster {
  readonly clusterId: string;
  readonly engineCount: number;
  /** Whose it is: everybody's of this user, or of another notebook or script. */
  readonly ownership: 'shared' | 'kernel' | 'script';
}

/** From the page. Each has an id of the page's choice, which its answer repeats. */
export type PanelRequest = { readonly id: number } & PanelCommand;

export type PanelCommand =
  /** Starts a cluster of this notebook. @defaultValue as many engines as there are usable cores */
  | { readonly type: 'start'; readonly n?: number }
  /** Takes a shared cluster. */
  | { readonly type: 'connect'; readonly clusterId: string }
  | { readonly type: 'add-engines'; readonly n: number }
  /** Ends the cluster with all its engines, shared or not. */
  | { readonly type: 'stop' }
  /** Interrupts what runs, on all engines or on these; variables are kept. */
  | { readonly type: 'interrupt'; readonly engineIds?: readonly number[] }
  | { readonly type: 'restart-engine'; readonly engineId: number }
  | { readonly type: 'stop-engine'; readonly engineId: number };

/** The request in what the page sent, or a sentence on what is wrong with it. */
export function parsePanelRequest(data: JsonObject): PanelRequest | string {
  const { id, type } = data;
  if (typeof id !== 'number') return 'A request of the panel needs a number as its `id`.';
  const read = typeof type === 'string' ? readers.get(type) : undefined;
  if (read === undefined) {
    return (
      `The kernel knows no request ${JSON.stringify(type)} of the panel: ` +
      'they are of different versions. Run `pxcluster install` again and reload the page.'
    );
  }
  const command = read(data);
  return typeof command === 'string' ? command : { id, ...command };
}

type Reader = (data: JsonObject) => PanelCommand | string;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['start', ({ n }) => (n === undefined ? { type: 'start' } : withCount('start', n))],
  ['add-engines', ({ n }) => withCount('add-engines', n)],
  ['connect', ({ clusterId }) => connect(clusterId)],
  ['stop', () => ({ type: 'stop' })],
  ['interrupt', ({ engineIds }) => interrupt(engineIds)],
  ['restart-engine', ({ engineId }) => withEngine('restart-engine', engineId)],
  ['stop-engine', ({ engineId }) => withEngine('stop-engine', engineId)],
]);

function withCount(type: 'start' | 'add-engines', n: unknown): PanelCommand | string {
  return isId(n) && n > 0 ? { type, n } : badField('n', n);
}

function withEngine(
  type: 'restart-engine' | 'stop-engine',
  engineId: unknown,
): PanelCommand | string {
  return isId(engineId) ? { type, engineId } : badField('engineId', engineId);
}

function connect(clusterId: unknown): PanelCommand | string {
  if (typeof clusterId !== 'string') return badField('clusterId', clusterId);
  return { type: 'connect', clusterId };
}

function interrupt(engineIds: unknown): PanelCommand | string {
  if (engineIds === undefined) return { type: 'interrupt' };
  const isList = Array.isArray(engineIds) && engineIds.every(isId);
  return isList ? { type: 'interrupt', engineIds } : badField('engineIds', engineIds);
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function badField(name: string, value: unknown): string {
  return `\`${name}\` cannot be ${JSON.stringify(value)} here.`;
}
