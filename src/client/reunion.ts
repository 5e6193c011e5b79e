import { type Deferred, deferred } from '../base/deferred.js';
import { messageOf } from '../base/errors.js';
import type { Connection } from './connection.js';
import { FollowedRequest, type Recovery } from './followed-request.js';
import { clusterGone, clusterOutOfReach, requestLost } from './lost-connection.js';
import type { OutputHold } from './output-feed.js';
import { readEngines } from './read-hub.js';
import { isUnknownRequest } from './read-record.js';
import { ShownOutputs } from './shown-outputs.js';
import type { Task } from './task.js';

/** A request that was under way when a link broke: its answer may have gone to nobody. */
interface Doubt {
  readonly task: Task;
  readonly hold: OutputHold;
  readonly shown: ShownOutputs;
}

/** How long a controller may take to answer after a link broke: here, and where a network may fail. */
const patienceMs = { here: 5000, far: 30_000 };
/** How long a request may be unknown to the hub once all links stand: it may be large, on a slow link. */
const arrivalMs = 10_000;
const askAgainMs = 500;
const maxOutputBytes = 16 * 1024 ** 2;

/**
 * What a client does when links to its controller break: waits until they stand again, and then asks what
 * became of all that was under way, so that nothing is waited for that cannot come any more.
 */
export class Reunion {
  readonly #connection: Connection;
  readonly #down = new Set<string>();
  readonly #doubts = new Map<string, Doubt>();
  readonly #followed = new Map<string, FollowedRequest>();
  #isRunning = false;
  #change: Deferred = deferred();

  /** Looks after `connection` until it ends. */
  static watch(connection: Connection): void {
    const reunion = new Reunion(connection);
    connection.watchLinks((event, link) => {
      if (event === 'connected') reunion.#up(link);
      if (event === 'disconnected') reunion.#broke(link);
    });
  }

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  #up(link: string): void {
    this.#down.delete(link);
    this.#change.resolve();
  }

  /** Also told of each attempt to connect again that fails. */
  #broke(link: string): void {
    if (this.#down.has(link)) return;
    this.#down.add(link);
    this.#doubtAll();
    this.#connection.askAgain(link);
    if (!this.#isRunning) void this.#run(); // it handles what it throws
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#down.size > 0 || this.#doubts.size > 0) {
        if (await this.#meetAgain()) continue;
        this.#connection.lose(this.#reason());
        break;
      }
    } catch (error) {
      this.#connection.log.warn('controller not asked', { error: messageOf(error) });
    } finally {
      this.#isRunning = false;
    }
  }

  get #patienceMs(): number {
    return this.#connection.isHere ? patienceMs.here : patienceMs.far;
  }

  #reason(): Error {
    return this.#connection.isHere ? clusterGone('silent') : clusterOutOfReach(this.#patienceMs);
  }

  /** False when the controller has not answered on all links in time. */
  async #meetAgain(): Promise<boolean> {
    const connection = this.#connection;
    const over = new AbortController();
    const late = connection.clock.sleep(this.#patienceMs, over.signal).then(() => 'late' as const);
    try {
      while (this.#down.size > 0) {
        this.#change = deferred();
        if ((await Promise.race([this.#change.promise, late])) === 'late') return false;
      }
      // Only now: what is announced after the answer has been subscribed to again.
      const answer = await Promise.race([connection.query('connection_request', {}), late]);
      if (answer === 'late') return false;
      await this.#resynchronize(readEngines(answer.content));
      return true;
    } finally {
      over.abort();
    }
  }

  /** Engines that went while the connection was broken were not announced here. */
  async #resynchronize(engines: ReturnType<typeof readEngines>): Promise<void> {
    const { directory, outstanding } = this.#connection;
    const present = new Set(engines.map(({ uuid }) => uuid));
    const lost = directory.engines.filter(({ uuid }) => !present.has(uuid));
    directory.replace(engines);
    await this.#settleDoubts();
    for (const { uuid: engineUuid } of lost) {
      outstanding.handle({ type: 'engine-lost', engineUuid, death: { how: 'left' } });
    }
  }

  /** From here on outputs are kept back, until the record tells which of them are new. */
  #doubtAll(): void {
    const { outstanding, feed } = this.#connection;
    for (const [id, task] of outstanding.tasks) {
      if (this.#doubts.has(id)) continue;
      this.#followed.get(id)?.stop();
      const shown = new ShownOutputs(task.log.outputs());
      this.#doubts.set(id, { task, hold: feed.hold(id), shown });
    }
  }

  /** Resolves when the hub has told of each what it knew; those that run are followed from there. */
  async #settleDoubts(): Promise<void> {
    const sinceMs = this.#connection.clock.now();
    const doubts = [...this.#doubts];
    this.#doubts.clear();
    await Promise.all(doubts.map(([id, doubt]) => this.#recover(id, doubt, sinceMs)));
  }

  async #recover(id: string, { task, hold, shown }: Doubt, sinceMs: number): Promise<void> {
    const connection = this.#connection;
    const { clock, ending: signal } = connection;
    const recovery: Recovery = {
      hold,
      shown,
      mayAskAgain: async (reason) => {
        const isLate = clock.now() - sinceMs > arrivalMs;
        if (isLate || signal.aborted || !isUnknownRequest(reason)) return false;
        await clock.sleep(askAgainMs, signal);
        return connection.outstanding.has(id);
      },
      failure: (reason) => (isUnknownRequest(reason) ? requestLost(reason) : reason),
    };
    if (!connection.outstanding.has(id)) {
      hold.release();
      return;
    }
    const followed = new FollowedRequest(connection, task, { maxOutputBytes, recovery });
    this.#followed.set(id, followed);
    void followed.run().then(() => {
      if (this.#followed.get(id) === followed) this.#followed.delete(id);
    }); // it never rejects
    await followed.loaded;
  }
}
