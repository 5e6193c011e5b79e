import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import {
  type BroadcastTarget,
  copyFor,
  mergedReply,
  parseBroadcast,
  parseBroadcastReply,
} from '../wire/broadcast-messages.js';
import { encodeToSend, type Signer } from '../wire/framing.js';
import type { Message } from '../wire/message.js';
import { requestLost } from '../wire/task-metadata.js';
import { type BroadcastInstruction, BroadcastState } from './broadcast-state.js';
import type { EngineOutlet } from './engine-outlet.js';
import { serve } from './serve.js';
import { sendSubstitute } from './substitute.js';

/** Called after what they tell of was sent. */
export interface BroadcastListener {
  onSent(copy: Message, to: { engineUuid: string; client: Uint8Array }): void;
  onAnswered(reply: Message): void;
}

export interface BroadcastOptions {
  readonly clients: Channel;
  readonly engines: Channel;
  readonly outlet: EngineOutlet;
  readonly signer: Signer;
  readonly log: Logger;
  readonly listener: BroadcastListener;
  /** Takes the answers to questions of the controller's own. */
  readonly isForController: (reply: Message) => boolean;
}

/** A coalescing request whose replies are still coming in. */
interface Kept {
  readonly client: Uint8Array;
  readonly request: Message;
  readonly targets: ReadonlyMap<string, BroadcastTarget>;
  readonly replies: Map<string, Message>;
}

/** Copies a request to many engines. */
export class Broadcast implements Closeable {
  readonly #options: BroadcastOptions;
  readonly #state = new BroadcastState();
  readonly #kept = new Map<string, Kept>();
  readonly #loops: readonly Promise<void>[];

  constructor(options: BroadcastOptions) {
    this.#options = options;
    const { clients, engines, log } = options;
    this.#loops = [
      serve(clients.socket, (frames) => this.#spread(frames), log),
      serve(engines.socket, (frames) => this.#answer(frames), log),
    ];
  }

  engineRegistered(engine: string): void {
    this.#state.handle({ type: 'engine-registered', engine });
  }

  engineLost(engine: string): void {
    for (const instruction of this.#state.handle({ type: 'engine-lost', engine })) {
      this.#finish(instruction);
    }
  }

  /**
   * A copy, or its answer, was lost on the way.
   *
   * @returns true when its request is coalescing: then the whole of it was answered as lost.
   */
  copyLost(copyId: string, engine: string): boolean {
    const id = copyId.slice(0, -`_${engine}`.length);
    const kept = this.#kept.get(id);
    if (kept === undefined) return false;
    if (this.#state.handle({ type: 'copy-lost', id, engine }).length === 0) return true;
    this.#kept.delete(id);
    const { client, request, targets } = kept;
    this.#failWhole({ client, request, targets: [...targets.values()] });
    return true;
  }

  /** Answers a coalescing request of which a part cannot come. */
  #failWhole({
    client,
    request,
    targets,
  }: Pick<Kept, 'client' | 'request'> & { readonly targets: readonly BroadcastTarget[] }): void {
    const answered = { status: 'error', broadcast_targets: targets };
    const metadata = { ...request.metadata, original_msg_id: request.header.msg_id, ...answered };
    const { clients } = this.#options;
    const content = requestLost();
    sendSubstitute(clients, { client, request: request.header, content, metadata });
  }

  async close(): Promise<void> {
    const { clients, engines } = this.#options;
    await Promise.all([clients.close(), engines.close()]);
    await Promise.all(this.#loops);
  }

  /** `[client] DELIMITER …` from a client. */
  #spread(frames: readonly Uint8Array[]): void {
    const { clients, outlet, signer, listener } = this.#options;
    const request = clients.decode(frames)?.message;
    const [client] = frames;
    if (request === undefined || client === undefined) return;
    const { targets, isCoalescing } = parseBroadcast(request.metadata);
    const id = request.header.msg_id;
    const engines = targets.map(([uuid]) => uuid);
    const instructions = this.#state.handle({ type: 'requested', id, engines, isCoalescing });
    if (isCoalescing && instructions.length === targets.length) {
      const byUuid = new Map(targets.map((target) => [target[0], target]));
      this.#kept.set(id, { client, request, targets: byUuid, replies: new Map() });
    }
    if (isCoalescing && instructions.length < targets.length)
      this.#failWhole({ client, request, targets });
    for (const instruction of instructions) {
      if (instruction.type !== 'send-copy') continue;
      const copy = copyFor(instruction.engine, request);
      outlet.send(encodeToSend(copy, signer, [instruction.engine, client]));
      listener.onSent(copy, { engineUuid: instruction.engine, client });
    }
  }

  /** `[engine][client] DELIMITER …` from an engine. */
  #answer(frames: readonly Uint8Array[]): void {
    const { clients, engines, log, listener } = this.#options;
    const reply = engines.decode(frames)?.message;
    const [engine] = frames;
    if (reply === undefined || engine === undefined) return;
    if (this.#options.isForController(reply)) return;
    const uuid = Buffer.from(engine).toString('latin1');
    const event = { type: 'answered', engine: uuid, ...parseBroadcastReply(reply) } as const;
    for (const instruction of this.#state.handle(event)) {
      if (instruction.type === 'relay-reply') {
        clients.socket.send(frames.slice(1)).catch((error: unknown) => {
          log.warn('reply not sent', { error: String(error) });
        });
      } else if (instruction.type === 'keep-reply') {
        this.#kept.get(instruction.id)?.replies.set(uuid, reply);
      } else {
        this.#finish(instruction);
      }
    }
    listener.onAnswered(reply);
  }

  #finish(instruction: BroadcastInstruction): void {
    if (instruction.type !== 'send-merged' && instruction.type !== 'forget') return;
    const kept = this.#kept.get(instruction.id);
    this.#kept.delete(instruction.id);
    if (kept === undefined || instruction.type === 'forget') return;
    const { client, targets, replies } = kept;
    const inOrder = [...replies.values()];
    // What failed on one engine is the result: beside it the others' would be taken for all.
    const last = inOrder.find(({ content }) => content['status'] !== 'ok') ?? inOrder.at(-1);
    const parts = instruction.engines.flatMap((uuid) => {
      const [target, reply] = [targets.get(uuid), replies.get(uuid)];
      return target && reply ? [{ target, buffers: reply.buffers }] : [];
    });
    if (last === undefined) return;
    this.#options.clients.forward(mergedReply(last, parts), [client]).catch((error: unknown) => {
      this.#options.log.warn('reply not sent', { error: String(error) });
    });
  }
}
