import { constants } from 'node:os';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import type { InterruptOutcome } from '../runtime/interrupt/interrupter.js';
import { replyTo } from '../wire/contents.js';
import {
  type InspectReport,
  type InspectRequest,
  inspectRequest,
  readInspectRequest,
  type StackReport,
  stackRequest,
} from '../wire/debug-messages.js';
import { textsOf } from '../wire/fields.js';
import { type Incoming, maxFieldLength } from '../wire/framing.js';
import type { Header, JsonObject, Message } from '../wire/message.js';
import { kernelInfo } from './kernel-info.js';
import type { Departure } from './io-messages.js';

/** What control requests have done. */
export interface ControlDuties {
  /** Of this package. */
  readonly version: string;
  /** Drops requests that have not started; with no ids, all of them. */
  abort(ids: readonly string[]): void;
  /** Forgets the variables, before the next request starts. */
  clear(): void;
  /** Stops what runs; with ids, only when one of them runs. */
  interrupt(ids?: readonly string[]): Promise<InterruptOutcome>;
  /** Tells where main is, without disturbing it. */
  stack(): Promise<StackReport>;
  /** Opens or closes main's debugger. */
  inspect(request: InspectRequest): Promise<InspectReport>;
  /** Publishes the reply to a shutdown request, by which the hub knows that the engine ends. */
  publishShutdown(content: object, parent: Header): void;
  leave(departure: Departure): void;
}

/**
 * Answers the control channel from the I/O worker, so that it answers while user code runs. Each request
 * is handled on its own: an interrupt that takes its time keeps no abort waiting.
 */
export class Control implements Closeable {
  readonly #channel: Channel;
  readonly #duties: ControlDuties;

  constructor(channel: Channel, duties: ControlDuties) {
    this.#channel = channel;
    this.#duties = duties;
    void this.#serve(); // ends with the socket
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async #serve(): Promise<void> {
    for await (const request of this.#channel) void this.#answer(request); // it never rejects
  }

  async #answer({ idents, message }: Incoming): Promise<void> {
    const { msg_type: type } = message.header;
    if (!isRequest(type)) return;
    const content = await this.#handle(type, message).catch(failed);
    this.#channel.post({ type: replyTo(type), content, parent: message.header }, idents);
    if (type !== 'shutdown_request') return;
    this.#duties.publishShutdown(content, message.header);
    this.#duties.leave({ exitCode: 0, reason: 'shut down by request' });
  }

  async #handle(type: string, { content }: Message): Promise<object> {
    const duties = this.#duties;
    switch (type) {
      case 'abort_request': {
        const ids = idsIn(content, 'msg_ids');
        if (ids?.length !== 0) duties.abort(ids ?? []);
        return ok;
      }
      case 'clear_request':
        duties.clear();
        return ok;
      case 'interrupt_request':
        return { ...ok, pxlab: { outcome: await duties.interrupt(idsIn(content, 'msg_ids')) } };
      case 'signal_request':
        return this.#signal(content['sig']);
      case 'shutdown_request':
        return { ...ok, restart: false };
      case 'kernel_info_request':
        return kernelInfo(duties.version);
      default:
        return { ...ok, pxlab: await this.#debug(type, content) };
    }
  }

  async #debug(type: string, content: JsonObject): Promise<object> {
    switch (type) {
      case stackRequest:
        return { stack: await this.#duties.stack() };
      case inspectRequest:
        return { inspector: await this.#duties.inspect(inspectRequestOf(content)) };
      default:
        throw new Error(`Engines do not answer ${type} on the control channel.`);
    }
  }

  /** SIGINT is an interrupt and SIGTERM a shutdown, also while user code blocks; 0 only asks. */
  async #signal(signal: unknown): Promise<object> {
    const number = signalNumber(signal);
    if (number === constants.signals.SIGINT) {
      return { ...ok, pxlab: { outcome: await this.#duties.interrupt() } };
    }
    if (number === constants.signals.SIGTERM) {
      this.#duties.leave({ exitCode: 0, reason: 'ended by SIGTERM' });
    } else {
      process.kill(process.pid, number);
    }
    return ok;
  }
}

const ok = { status: 'ok' } as const;

function isRequest(type: string): type is `${string}_request` {
  return type.endsWith('_request');
}

function failed(error: unknown): object {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { status: 'error', ename: name, evalue: message, traceback: [] };
}

/** Ids in a list, without what is none; undefined when there is no list or nothing in it, which means all. */
function idsIn(content: JsonObject, field: string): readonly string[] | undefined {
  const value = content[field];
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return textsOf(value).filter((id) => id.length <= maxFieldLength);
}

function inspectRequestOf(content: JsonObject): InspectRequest {
  const request = readInspectRequest(content);
  if (request !== undefined) return request;
  throw new TypeError(
    `Expected { action: 'open', port } or { action: 'close' }, got ${JSON.stringify(content)}.`,
  );
}

function signalNumber(signal: unknown): number {
  if (typeof signal === 'number') return signal;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  if (number === undefined) {
    throw new TypeError(`Expected a signal such as 'SIGINT' or 2, got ${JSON.stringify(signal)}.`);
  }
  return number;
}
