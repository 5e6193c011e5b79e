import { setImmediate } from 'node:timers';
import { deferred } from '../base/deferred.js';
import type { Logger } from '../base/logger.js';
import type { CellRuntime } from '../runtime/cell-runtime.js';
import { type EngineInfo, replyTo } from '../wire/contents.js';
import { cellNameOf } from '../wire/cell.js';
import type { Message } from '../wire/message.js';
import { apply, type Variables } from './apply.js';
import { EngineDeclarations } from './engine-declarations.js';
import { createEnginePx } from './engine-px.js';
import { Executor } from './execute.js';
import type { ToWorker } from './io-messages.js';
import { kernelInfo } from './kernel-info.js';
import { type Answer, failedContent, type Replier, replyMetadata } from './reply.js';
import { RequestQueue } from './request-queue.js';
import type { ShellRequest } from './shell.js';

/** How long a reply waits to learn whether anything was shown. */
const flushMs = 100;

/** The rest of the process, as the engine sees it. */
export interface EngineSurroundings {
  readonly replier: Replier;
  readonly runtime: CellRuntime;
  readonly log: Logger;
  /** Of this package. */
  readonly version: string;
  tellWorker(message: ToWorker): void;
  /** Takes over what the I/O worker has sent already, an abort above all. */
  readWorker(): void;
}

/** Runs requests one after the other, in the order in which they came over all shell sockets. */
export class Engine {
  readonly #surroundings: EngineSurroundings;
  readonly #queue = new RequestQueue<ShellRequest>();
  readonly #declarations = new EngineDeclarations();
  readonly #executor: Executor;
  readonly #px: ReturnType<typeof createEnginePx>;
  readonly #variables: Variables;
  #arrival = deferred();
  #running: { request: ShellRequest; startedAt: string } | undefined;
  #isToAbortAll = false;
  #isToClear = false;

  constructor(surroundings: EngineSurroundings) {
    const { runtime, replier } = surroundings;
    this.#surroundings = surroundings;
    this.#px = createEnginePx(replier.engineId);
    this.#variables = variablesOf(runtime);
    this.#executor = new Executor({
      runtime,
      replier,
      declarations: this.#declarations,
      enterGroup: (group) => this.#px.enter(group),
    });
    this.#provideGlobals();
  }

  /** The request that runs now. */
  get running(): ShellRequest | undefined {
    return this.#running?.request;
  }

  /** Puts a request in line, or answers at once that it was aborted. */
  receive(request: ShellRequest): void {
    if (this.#queue.push(request)) this.#arrival.resolve();
    else this.#replyAborted(request);
  }

  /** Drops requests that have not started; with no ids, all that were sent until now. */
  abort(ids: readonly string[]): void {
    if (ids.length === 0 && this.#running !== undefined) this.#isToAbortAll = true;
    for (const request of this.#queue.abort(ids)) this.#replyAborted(request);
  }

  /** Forgets variables and declarations, before the next request starts. */
  clear(): void {
    this.#isToClear = true;
    if (this.#running === undefined) this.#clearNow();
  }

  /** Serves until the process ends. */
  async serve(): Promise<never> {
    for (;;) {
      const request = await this.#next();
      await this.#answer(request).catch((error: unknown) => {
        this.#surroundings.log.error('a request was not answered', { error: String(error) });
      });
      await turnOfLoop(); // what else this process does has its turn between two requests
    }
  }

  /** Tells the client of the running request, before this returns, why it gets no other reply. */
  failRunning(evalue: string, exitCode: number): void {
    if (this.#running === undefined) return;
    const { request, startedAt } = this.#running;
    this.#running = undefined;
    const { replier, runtime } = this.#surroundings;
    const { header, content: asked } = request.message;
    const content = failedContent({ ename: 'EngineExited', evalue }, replier, 'execute');
    if (asked['silent'] !== true) {
      const { ename, traceback } = content;
      const error = { ename, evalue, traceback };
      runtime.output.message({ id: header.msg_id, type: 'error', content: error });
    }
    // Who gets the answer sends nothing more here, however quick it is.
    const metadata = { pxlab: { death: { how: 'exited', exitCode } as const } };
    request.replyAtOnce(this.#outgoing(request, { content, metadata }, startedAt));
    this.#publishStatus(request, 'idle');
  }

  async #next(): Promise<ShellRequest> {
    for (;;) {
      await this.#obeyControl();
      const request = this.#queue.take();
      if (request !== undefined) return request;
      this.#arrival = deferred();
      await this.#arrival.promise;
    }
  }

  /** While a request ran, aborts may have come, and requests that they are meant for. */
  async #obeyControl(): Promise<void> {
    this.#surroundings.readWorker();
    if (this.#isToAbortAll) {
      await turnOfLoop();
      await turnOfLoop(); // by then, sockets have handed over what had arrived
      this.#isToAbortAll = false;
      for (const request of this.#queue.abort([])) this.#replyAborted(request);
    }
    if (this.#isToClear) this.#clearNow();
  }

  async #answer(request: ShellRequest): Promise<void> {
    const { runtime } = this.#surroundings;
    const { header } = request.message;
    const startedAt = new Date().toISOString();
    this.#running = { request, startedAt };
    this.#surroundings.tellWorker({
      type: 'request-started',
      ids: request.ids,
      name: cellNameOf(request.message.metadata),
    });
    runtime.output.open(header.msg_id, header);
    const isWhenShown = wantsStatusWhenShown(request.message);
    this.#publishStatus(request, 'busy', isWhenShown);
    const { shownCount, bypassedCount } = runtime.output;
    const answer = await this.#handle(request);
    if (this.running !== request) return; // the engine ends, and its client was told
    this.#running = undefined;
    this.#surroundings.tellWorker({ type: 'request-finished' });
    const isSilent = isWhenShown && this.#hasShownNothing({ shownCount, bypassedCount });
    await this.#reply(request, isSilent ? silent(answer) : answer, startedAt);
    this.#publishStatus(request, 'idle', isSilent);
  }

  /** What bypassed JavaScript is known once the worker has looked for it, at the end of the cell. */
  #hasShownNothing(before: { shownCount: number; bypassedCount: number }): boolean {
    const { output } = this.#surroundings.runtime;
    if (output.shownCount !== before.shownCount || !output.flush(flushMs)) return false;
    return output.bypassedCount === before.bypassedCount;
  }

  async #handle({ message }: ShellRequest): Promise<Answer> {
    const { runtime, replier } = this.#surroundings;
    const { msg_type: type } = message.header;
    try {
      switch (type) {
        case 'execute_request':
          return await this.#executor.execute(message);
        case 'apply_request':
          return apply(message, { variables: this.#variables, declarations: this.#declarations });
        case 'kernel_info_request':
          return { content: { ...kernelInfo(this.#surroundings.version), status: 'ok' } };
        default:
          throw new TypeError(`Engines do not answer ${type}.`);
      }
    } catch (error) {
      const method: EngineInfo['method'] = type === 'apply_request' ? 'apply' : 'execute';
      return { content: failedContent(runtime.renderError(error), replier, method) };
    }
  }

  async #reply(request: ShellRequest, answer: Answer, startedAt: string): Promise<void> {
    try {
      await request.reply(this.#outgoing(request, answer, startedAt));
    } catch (error) {
      this.#surroundings.log.warn('reply not sent', { error: String(error) });
    }
  }

  #replyAborted(request: ShellRequest): void {
    const answer: Answer = { content: { status: 'aborted' } };
    void this.#reply(request, answer, new Date().toISOString()).then(() => {
      this.#surroundings.runtime.output.open(request.message.header.msg_id, request.message.header);
      this.#publishStatus(request, 'idle');
    });
  }

  #outgoing({ message }: ShellRequest, answer: Answer, startedAt: string): OutgoingReply {
    const { content, metadata, buffers } = answer;
    const common = replyMetadata(message, this.#surroundings.replier, { startedAt, content });
    return {
      type: replyTo(message.header.msg_type as `${string}_request`),
      content,
      parent: message.header,
      metadata: { ...common, ...metadata },
      buffers,
    };
  }

  #publishStatus(
    { message }: ShellRequest,
    state: 'busy' | 'idle',
    isWhenShown: boolean = false,
  ): void {
    const { runtime, replier } = this.#surroundings;
    runtime.output.message({
      id: message.header.msg_id,
      type: 'status',
      content: { execution_state: state },
      metadata: { engine: replier.uuid, ...(isWhenShown && { pxlab_status: 'when-shown' }) },
    });
  }

  #clearNow(): void {
    this.#isToClear = false;
    this.#surroundings.runtime.clear();
    this.#declarations.clear();
    this.#provideGlobals();
  }

  #provideGlobals(): void {
    const { display } = globalThis as { display?: unknown }; // the runtime's
    this.#variables.assign({ px: this.#px.px, display });
  }
}

type OutgoingReply = Parameters<ShellRequest['reply']>[0];

function wantsStatusWhenShown({ metadata }: Message): boolean {
  return metadata['pxlab_status'] === 'when-shown';
}

function silent(answer: Answer): Answer {
  return { ...answer, metadata: { ...answer.metadata, pxlab_silent: true } };
}

/** The namespace is another object after it was cleared, so it is asked for each time. */
function variablesOf(runtime: CellRuntime): Variables {
  return {
    has: (name) => Object.hasOwn(runtime.namespace, name),
    get: (name) => runtime.namespace[name],
    assign: (values) => {
      runtime.declare(Object.keys(values));
      Object.assign(runtime.namespace, values);
    },
  };
}

function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
