import type { CompilerWay } from '../compiler/compiler.js';
import type { CommData, CommOpen, CursorRequest, ExecuteRequest } from '../wire/jupyter.js';
import type { Header } from '../wire/message.js';
import type { LinkedCluster } from '../px/cluster-link.js';
import type { MainCommand } from './panel-feed.js';
import type { Known } from './known.js';

/**
 * What the front end asks of the kernel's main thread. `id` names the request until it is answered, and
 * its outputs; `header` is what they refer to.
 */
export type KernelRequest = { readonly id: string; readonly header: Header } & (
  | (ExecuteRequest & { readonly type: 'execute'; readonly executionCount: number })
  | (CursorRequest & { readonly type: 'complete' | 'inspect' })
  | { readonly type: 'is-complete'; readonly code: string }
  | { readonly type: 'comm-info'; readonly targetName: string | undefined }
  | (CommRequest & { readonly buffers: readonly Uint8Array[] })
);

/** What is asked about code that is being typed. */
export type AssistedRequest = Extract<
  KernelRequest,
  { type: 'complete' | 'inspect' | 'is-complete' }
>;

export type ExecuteCell = Extract<KernelRequest, { type: 'execute' }>;

/** What the page says over a comm. */
type CommRequest =
  | (CommOpen & { readonly type: 'comm-open' })
  | (CommData & { readonly type: 'comm-message' | 'comm-close' });

/** From the I/O worker to the main thread. */
export type ToMain =
  | KernelRequest
  /**
   * Stop was pressed while cell `id` ran: what px runs is to be cancelled. The cell's own code is
   * interrupted by other means.
   */
  | { readonly type: 'stop'; readonly id: string }
  | { readonly type: 'input-reply'; readonly value: string }
  /** What the panel asks of the notebook's session. */
  | { readonly type: 'panel'; readonly id: number; readonly command: MainCommand }
  /** The kernel is to end; with `restart`, another one follows at once. */
  | { readonly type: 'leave'; readonly restart: boolean }
  /** A line for the log, which is where stderr went before cells had it. */
  | { readonly type: 'log'; readonly line: string }
  /** The sockets could not be opened: there is nobody to talk to. */
  | { readonly type: 'failed'; readonly message: string };

/**
 * From the main thread to the I/O worker, beside outputs. Whatever has its place among the outputs goes
 * their way: replies (`reply`), comms and questions to the user (`input_request`).
 */
export type ToWorker =
  /** Close every socket, then end. */
  | { readonly type: 'close' }
  /** The notebook took a cluster, or has left it. */
  | { readonly type: 'link'; readonly link: LinkedCluster | undefined }
  /** The compiler has started: this is the way to it. */
  | { readonly type: 'compiler'; readonly way: CompilerWay }
  /** Code of the notebook is about to run; this is what is declared. */
  | { readonly type: 'known'; readonly known: Known }
  /** A request of the panel is being done; it was; it could not be, with a sentence. */
  | { readonly type: 'panel-taken' | 'panel-done'; readonly id: number }
  | { readonly type: 'panel-failed'; readonly id: number; readonly message: string };
