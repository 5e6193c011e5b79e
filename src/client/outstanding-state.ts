import { assertNever } from '../base/errors.js';
import type { EngineDeath } from '../wire/contents.js';
import type { OutputBody } from './outputs.js';
import type { TaskReply } from './task-reply.js';

export type OutstandingEvent =
  | {
      readonly type: 'sent';
      readonly id: string;
      /** Undefined when a scheduler chooses the engine. */
      readonly engineUuid: string | undefined;
      /** False for requests that show nothing: their reply alone finishes them. */
      readonly hasOutputs: boolean;
    }
  | { readonly type: 'engine-lost'; readonly engineUuid: string; readonly death: EngineDeath }
  | { readonly type: 'connection-lost'; readonly reason: unknown }
  | RequestEvent;

/** Something that is known of one request. */
export type RequestEvent =
  /** The engine said that it is busy with the request. */
  | { readonly type: 'started'; readonly id: string; readonly engineId: number | undefined }
  | { readonly type: 'output'; readonly id: string; readonly output: OutputBody }
  | { readonly type: 'idle'; readonly id: string; readonly engineId?: number | undefined }
  | { readonly type: 'replied'; readonly id: string; readonly reply: TaskReply }
  /** The reply came a while ago, and the end of the outputs did not. */
  | { readonly type: 'idle-overdue'; readonly id: string }
  /** Nobody waits any more. */
  | { readonly type: 'abandoned'; readonly id: string; readonly reason: unknown };

export type Ending =
  | { readonly type: 'replied'; readonly reply: TaskReply }
  | { readonly type: 'engine-lost'; readonly death: EngineDeath; readonly wasRunning: boolean }
  | { readonly type: 'failed'; readonly reason: unknown };

export type OutstandingInstruction =
  | { readonly type: 'mark-running'; readonly id: string; readonly engineId: number | undefined }
  | { readonly type: 'append-output'; readonly id: string; readonly output: OutputBody }
  | { readonly type: 'await-idle'; readonly id: string }
  | { readonly type: 'finish'; readonly id: string; readonly ending: Ending };

interface Request {
  readonly engineUuid: string | undefined;
  readonly hasOutputs: boolean;
  isRunning: boolean;
  /** Engines that have shown all: of a task that was tried again, each that tried it. */
  readonly idleEngines: Set<number | undefined>;
  reply: TaskReply | undefined;
}

/**
 * The requests that engines have not answered in full. A request is finished by its reply and the end of
 * its outputs, which travel on different sockets and come in either order; or by the loss of its engine.
 * What is said of other requests, of other clients or long finished, is ignored.
 */
export class OutstandingState {
  readonly #requests = new Map<string, Request>();

  get size(): number {
    return this.#requests.size;
  }

  handle(event: OutstandingEvent): OutstandingInstruction[] {
    if (event.type === 'sent') return this.#add(event);
    if (event.type === 'engine-lost') return this.#loseEngine(event.engineUuid, event.death);
    if (event.type === 'connection-lost') return this.#failAll(event.reason);
    const request = this.#requests.get(event.id);
    return request === undefined ? [] : this.#advance(request, event);
  }

  #add({ id, engineUuid, hasOutputs }: Extract<OutstandingEvent, { type: 'sent' }>): [] {
    const request = {
      engineUuid,
      hasOutputs,
      isRunning: false,
      idleEngines: new Set<number | undefined>(),
      reply: undefined,
    };
    this.#requests.set(id, request);
    return [];
  }

  #advance(request: Request, event: RequestEvent): OutstandingInstruction[] {
    const { id } = event;
    switch (event.type) {
      case 'started':
        request.isRunning = true;
        return [{ type: 'mark-running', id, engineId: event.engineId }];
      case 'output':
        return [{ type: 'append-output', id, output: event.output }];
      case 'idle':
        request.idleEngines.add(event.engineId);
        return request.reply !== undefined && isIdle(request, request.reply)
          ? [this.#finishReplied(id, request.reply)]
          : [];
      case 'replied':
        return this.#reply(id, request, event.reply);
      case 'idle-overdue':
        return request.reply === undefined ? [] : [this.#finishReplied(id, request.reply)];
      case 'abandoned':
        return [this.#finish(id, { type: 'failed', reason: event.reason })];
      default:
        return assertNever(event);
    }
  }

  #reply(id: string, request: Request, reply: TaskReply): OutstandingInstruction[] {
    const isComplete =
      isIdle(request, reply) || !request.hasOutputs || !reply.isFromEngine || reply.isSilent;
    if (isComplete) return [this.#finishReplied(id, reply)];
    request.reply = reply;
    return [{ type: 'await-idle', id }];
  }

  /** A request that was answered keeps its answer, though the end of its outputs will not come. */
  #loseEngine(engineUuid: string, death: EngineDeath): OutstandingInstruction[] {
    const lost = [...this.#requests].filter(([, request]) => request.engineUuid === engineUuid);
    return lost.map(([id, { reply, isRunning }]) =>
      reply === undefined
        ? this.#finish(id, { type: 'engine-lost', death, wasRunning: isRunning })
        : this.#finishReplied(id, reply),
    );
  }

  #failAll(reason: unknown): OutstandingInstruction[] {
    return [...this.#requests.keys()].map((id) => this.#finish(id, { type: 'failed', reason }));
  }

  #finishReplied(id: string, reply: TaskReply): OutstandingInstruction {
    return this.#finish(id, { type: 'replied', reply });
  }

  #finish(id: string, ending: Ending): OutstandingInstruction {
    this.#requests.delete(id);
    return { type: 'finish', id, ending };
  }
}

/** Whether the engine that answered has shown all. */
function isIdle({ idleEngines }: Request, { engineId }: TaskReply): boolean {
  if (engineId === undefined) return idleEngines.size > 0;
  return idleEngines.has(engineId) || idleEngines.has(undefined);
}
