import type { JsonObject } from '../wire/message.js';
import type { CommData, CommOpen, CursorRequest, ExecuteRequest } from '../wire/jupyter.js';

/** What the front end asks of the kernel's main thread. `id` names the request until it is answered. */
export type KernelRequest =
  | (ExecuteRequest & { type: 'execute'; id: number; executionCount: number })
  | (CursorRequest & { type: 'complete'; id: number })
  | (CursorRequest & { type: 'inspect'; id: number })
  | { type: 'is-complete'; id: number; code: string }
  | { type: 'comm-info'; id: number; targetName: string | undefined }
  | CommRequest;

export type CommRequest =
  | (CommOpen & { type: 'comm-open'; id: number; buffers: readonly Uint8Array[] })
  | (CommData & { type: 'comm-message'; id: number; buffers: readonly Uint8Array[] })
  | (CommData & { type: 'comm-close'; id: number; buffers: readonly Uint8Array[] });

/** From the I/O worker to the main thread. */
export type ToMain =
  | KernelRequest
  /** Stop was pressed: what px runs is to be cancelled; the cell itself is interrupted by other means. */
  | { type: 'stop' }
  | { type: 'input-reply'; value: string }
  /** The kernel is to end; with `restart`, another one follows at once. */
  | { type: 'leave'; restart: boolean };

/** From the main thread to the I/O worker, beside outputs. */
export type ToWorker =
  /** Answers the request `id`. Messages of comms have no reply: their content is absent. */
  | { type: 'reply'; id: number; content: JsonObject | undefined }
  | CommMessage
  | { type: 'input-request'; id: number; prompt: string; password: boolean }
  /** Close every socket, then end. */
  | { type: 'close' };

/** A message of a comm from the kernel to the front end; `id` is the request that it belongs to. */
export type CommMessage = {
  readonly id: number | undefined;
  readonly buffers: readonly Uint8Array[];
} & (
  | (CommOpen & { readonly type: 'comm-open' })
  | (CommData & { readonly type: 'comm-message' | 'comm-close' })
);
