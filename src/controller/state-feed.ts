import type { Clock } from '../base/clock.js';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import {
  type ClusterState,
  type EngineSample,
  type EngineState,
  parseSample,
  sampleTopic,
  stateTopic,
  taskNameOf,
} from '../wire/cluster-state.js';
import type { EngineObituary, RunningTask } from '../wire/cluster-requests.js';
import type { Bookkeeper } from './bookkeeper.js';
import type { EngineEntry } from './hub-state.js';

/** Changes that come together are told together. */
const gatherMs = 20;
/** From one push to the next. */
const periodMs = 100;

export interface StateFeedOptions {
  readonly engineIopub: Channel;
  readonly clientIopub: Channel;
  readonly bookkeeper: Bookkeeper;
  readonly clock: Clock;
  readonly engines: () => ReadonlyMap<number, EngineEntry>;
  readonly deaths: () => readonly EngineObituary[];
}

/**
 * Pushes how the cluster stands to those who look, when something has changed, ten times a second at
 * most. While nobody looks it does nothing, and engines do not measure themselves.
 */
export class StateFeed implements Closeable {
  readonly #options: StateFeedOptions;
  readonly #closing = new AbortController();
  readonly #samples = new Map<string, EngineSample>();
  /** What each engine was seen to run, since when. */
  readonly #running = new Map<string, RunningTask>();
  #isWatched = false;
  #isDue = false;
  #pushedMs = -Infinity;

  constructor(options: StateFeedOptions) {
    this.#options = options;
  }

  /** Someone looks, or nobody any more. Each who begins is told the whole. */
  watch(isWatched: boolean): void {
    if (this.#isWatched !== isWatched) {
      this.#options.engineIopub.socket.want(sampleTopic, isWatched);
    }
    this.#isWatched = isWatched;
    this.touch();
  }

  /** What an engine told of itself; its session is its uuid. */
  sample(frames: readonly Uint8Array[]): void {
    const message = this.#options.engineIopub.decode(frames)?.message;
    const sample = message === undefined ? undefined : parseSample(message.content);
    if (message === undefined || sample === undefined) return;
    this.#samples.set(message.header.session, sample);
    this.touch();
  }

  /** Something has changed. */
  touch(): void {
    if (!this.#isWatched || this.#isDue) return;
    this.#isDue = true;
    void this.#pushSoon(); // the clock does not reject
  }

  /** How the cluster stands now. */
  state(): ClusterState {
    const { bookkeeper, engines, deaths } = this.#options;
    bookkeeper.settle();
    const present = [...engines().values()].sort((a, b) => a.id - b.id);
    const uuids = new Set(present.map(({ uuid }) => uuid));
    for (const known of [this.#samples, this.#running]) {
      for (const uuid of known.keys()) if (!uuids.has(uuid)) known.delete(uuid);
    }
    return { engines: present.map((engine) => this.#stateOf(engine)), deaths: deaths() };
  }

  /** What an engine runs, or ran if it was lost just now. */
  runningOn(uuid: string): RunningTask | undefined {
    const { queue, tasks } = this.#options.bookkeeper.book.status(uuid);
    return this.#runningOf(uuid, [...queue, ...tasks]);
  }

  close(): Promise<void> {
    this.#isWatched = false;
    this.#closing.abort();
    return Promise.resolve();
  }

  async #pushSoon(): Promise<void> {
    const { clock, clientIopub } = this.#options;
    const waitMs = Math.max(gatherMs, this.#pushedMs + periodMs - clock.now());
    await clock.sleep(waitMs, this.#closing.signal);
    this.#isDue = false;
    if (!this.#isWatched) return;
    this.#pushedMs = clock.now();
    clientIopub.post({ type: 'pxlab_state', content: this.state() }, [stateTopic]);
  }

  #stateOf({ id, uuid, description }: EngineEntry): EngineState {
    const { queue, tasks, completedCount } = this.#options.bookkeeper.book.status(uuid);
    const running = this.#runningOf(uuid, [...queue, ...tasks]);
    return {
      id,
      uuid,
      language: description?.language ?? 'python',
      ...(description && { host: description.host, pid: description.pid }),
      ...(running && { running }),
      queued: Math.max(0, queue.length + tasks.length - 1),
      completed: completedCount,
      ...this.#samples.get(uuid),
    };
  }

  /** An engine does one thing after the other: what was seen to run goes on until it is answered. */
  #runningOf(uuid: string, pending: readonly string[]): RunningTask | undefined {
    const known = this.#running.get(uuid);
    if (known !== undefined && pending.includes(known.messageId)) return known;
    this.#running.delete(uuid);
    const [messageId] = pending;
    if (messageId === undefined) return undefined;
    const request = this.#options.bookkeeper.book.records.get(messageId)?.request;
    const name = request === undefined ? undefined : taskNameOf(request);
    const since = known === undefined ? request?.header.date : undefined;
    const running = {
      messageId,
      ...(name === undefined ? {} : { name }),
      since: since ?? new Date().toISOString(),
    };
    this.#running.set(uuid, running);
    return running;
  }
}
