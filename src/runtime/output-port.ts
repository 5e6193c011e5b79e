import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Header } from '../wire/message.js';
import {
  creditSlot,
  creditSlots,
  type MessageOutput,
  type OutputEvent,
  type OutputLink,
  type PostedEvent,
} from './output-link.js';

const eventOverheadBytes = 160;

/**
 * The main thread's end of the way to the I/O worker, which publishes while user code blocks.
 *
 * Not more than `limitBytes` are under way: then main waits until the worker's socket took some, so
 * output is bounded and none is lost. User code may be ended in the middle of any method here: the
 * position is kept after the post, and each event carries its own, so at worst one event is counted
 * late.
 */
export class OutputPort {
  readonly #port: MessagePort;
  readonly #credit: Int32Array;
  readonly #limitBytes: number;
  #posted = 0;
  #shown = 0;
  #isWaiting = false;

  constructor(port: MessagePort, credit: SharedArrayBuffer, limitBytes: number = 8 * 1024 * 1024) {
    this.#port = port;
    this.#credit = new Int32Array(credit);
    this.#limitBytes = limitBytes;
    port.unref();
  }

  /** True while main waits for the worker: a good moment to be interrupted. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Counts what was shown, `status` messages too: to see whether something was since. */
  get shownCount(): number {
    return this.#shown;
  }

  /** Counts what was published that bypassed JavaScript, as far as it was {@link flush}ed. */
  get bypassedCount(): number {
    return Atomics.load(this.#credit, creditSlot.bypassed);
  }

  /** Outputs with `id` answer the request with this header. To be called before any of them. */
  open(id: string, header: Header): void {
    this.#post({ kind: 'parent', id, header }, 0);
  }

  stream(id: string, name: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    this.#shown++;
    this.#post({ kind: 'stream', id, name, text }, text.length);
  }

  message<T extends string>(output: Omit<MessageOutput<T>, 'kind'>): void {
    this.#shown++;
    const buffers = output.buffers?.map(ownBytes);
    this.#post({ kind: 'message', ...output, buffers }, sizeOf(output.content, buffers));
  }

  /** What bypasses JavaScript belongs to this cell from now on. */
  foreground(id: string): void {
    this.#post({ kind: 'foreground', id }, 0);
  }

  /** What bypassed JavaScript so far is sent before the outputs that follow. */
  settle(): void {
    this.#post({ kind: 'settle' }, 0);
  }

  /** Waits, blocking, until everything was taken over. @returns false after `timeoutMs`. */
  flush(timeoutMs: number): boolean {
    return this.#waitUntilBelow(1, timeoutMs);
  }

  close(): void {
    this.#port.close();
  }

  #post(event: OutputEvent, sizeBytes: number): void {
    this.#waitUntilBelow(this.#limitBytes, Infinity);
    const end = (this.#posted + sizeBytes + eventOverheadBytes) | 0;
    this.#port.postMessage({ event, end } satisfies PostedEvent);
    this.#posted = end;
  }

  #waitUntilBelow(limitBytes: number, timeoutMs: number): boolean {
    const credit = this.#credit;
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const taken = Atomics.load(credit, creditSlot.taken);
      const isBelow = ((this.#posted - taken) | 0) < limitBytes;
      if (isBelow || Atomics.load(credit, creditSlot.closed) === 1) {
        this.#isWaiting = false;
        return isBelow;
      }
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return false;
      this.#isWaiting = true;
      Atomics.wait(credit, creditSlot.taken, taken, Math.min(leftMs, 1000));
    }
  }
}

/** Both ends of a new way: `output` for this thread, `link` for the worker. */
export function openOutput(limitBytes?: number): { output: OutputPort; link: OutputLink } {
  const { port1, port2 } = new MessageChannel();
  const credit = new SharedArrayBuffer(creditSlots * Int32Array.BYTES_PER_ELEMENT);
  return { output: new OutputPort(port1, credit, limitBytes), link: { port: port2, credit } };
}

/** A clone of a view copies the whole memory below it: cut it to size first. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength
    ? bytes
    : Uint8Array.prototype.slice.call(bytes);
}

/** About how many bytes a message holds: its long strings two levels deep, and its buffers. */
function sizeOf(content: object, buffers: readonly Uint8Array[] = []): number {
  let size = 0;
  for (const buffer of buffers) size += buffer.byteLength;
  for (const value of Object.values(content) as unknown[]) {
    if (typeof value === 'string') size += value.length;
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value) as unknown[]) {
      size += typeof inner === 'string' ? inner.length : 16;
    }
  }
  return size;
}
