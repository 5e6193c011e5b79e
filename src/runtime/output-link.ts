import type { MessagePort } from 'node:worker_threads';
import type { Header, JsonObject } from '../wire/message.js';
import type { OutputContents, OutputType } from '../wire/contents.js';

/** What a cell shows, on its way from the main thread to the socket of the I/O worker. */
export type Output = StreamOutput | MessageOutput;

export interface StreamOutput {
  readonly kind: 'stream';
  /** `msg_id` of the request that it answers; empty before any cell. */
  readonly id: string;
  readonly name: 'stdout' | 'stderr';
  readonly text: string;
}

export interface MessageOutput<T extends string = string> {
  readonly kind: 'message';
  readonly id: string;
  readonly type: T;
  readonly content: T extends OutputType ? OutputContents[T] : object;
  readonly metadata?: JsonObject | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

/** What travels through the port: outputs, and what the worker has to know about them. */
export type OutputEvent =
  | Output
  /** The request that outputs with this id answer. */
  | { readonly kind: 'parent'; readonly id: string; readonly header: Header }
  /** The cell that what bypasses JavaScript belongs to, from now on. */
  | { readonly kind: 'foreground'; readonly id: string }
  /** What bypassed JavaScript so far goes out before what follows. */
  | { readonly kind: 'settle' };

/**
 * An event with the position in the stream of bytes after it, as a 32-bit integer that wraps; without
 * one when it is the worker's own.
 */
export interface PostedEvent {
  readonly event: OutputEvent;
  readonly end: number | undefined;
}

/** The worker's end. Transfer `port`; `credit` is shared. */
export interface OutputLink {
  readonly port: MessagePort;
  readonly credit: SharedArrayBuffer;
}

/** Slots of `credit`, as an Int32Array. */
export const creditSlot = {
  /** Position up to which the worker's socket took the outputs. */
  taken: 0,
  /** 1 when the worker takes no more. */
  closed: 1,
  /** Counts what the worker published that bypassed JavaScript. */
  bypassed: 2,
} as const;

/** Number of slots. */
export const creditSlots = 3;
