import type { MessagePort } from 'node:worker_threads';
import { systemClock, type Clock } from '../../base/clock.js';
import { deferred, type Deferred } from '../../base/deferred.js';
import {
  sharedNowMs,
  signalSlot,
  type InterruptLink,
  type OverNotice,
  type StopAnswer,
  type StopRequest,
} from './interrupt-link.js';
import { Striker, type StrikeResult } from './striker.js';

/**
 * - `stopped`: the cell ended, or background work that blocked the loop did;
 * - `idle`: there was nothing to stop;
 * - `blocked`: main is in native code. The request stands: the cell ends when that returns.
 */
export type InterruptOutcome = 'stopped' | 'idle' | 'blocked';

/** How long the loop has for an answer before main is asked in the midst of what it does. */
const answerMs = 40;
/** After a blow: how long the loop has to turn before the next. */
const recoveryMs = 60;
/** Between two questions while main refuses. */
const refusedMs = 3;
/** How often to look whether main is in native code still. */
const patienceMs = 200;
/** After so long, the caller is told that native code blocks; the attempt goes on. */
const giveUpAfterMs = 2000;

/** The worker's end of the interrupt. */
export class Interrupter {
  /** At this size of main's heap V8 ends the process. */
  readonly heapLimitBytes: number;
  readonly #port: MessagePort;
  readonly #signals: Int32Array;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Deferred<StopAnswer | undefined>>();
  #requests = 0;
  /** Stops that are under way or wait. */
  #stops = 0;
  #isOver = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(link: InterruptLink, clock: Clock = systemClock) {
    this.heapLimitBytes = link.heapLimitBytes;
    this.#port = link.port;
    this.#signals = new Int32Array(link.signals);
    this.#clock = clock;
    this.#port.on('message', (message: StopAnswer | OverNotice) => this.#receive(message));
    this.#port.unref();
  }

  /** True while a cell runs on main. */
  get isCellRunning(): boolean {
    return Atomics.load(this.#signals, signalSlot.running) !== 0;
  }

  /**
   * Stops the cell that runs now, whatever it does, or what blocks the loop when none does. Never a
   * later cell.
   */
  async interrupt(): Promise<InterruptOutcome> {
    const run = Atomics.load(this.#signals, signalSlot.running);
    if (run !== 0) Atomics.store(this.#signals, signalSlot.requested, run);
    this.#stops += 1;
    const stopped = this.#last
      .then(() => this.#stop(run))
      .finally(() => {
        this.#stops -= 1;
      });
    this.#last = stopped;
    return (await this.#within(stopped, giveUpAfterMs))?.outcome ?? 'blocked';
  }

  /** Stops the cell that runs if main's heap is full, which no code there can see to itself. */
  async relieve(): Promise<void> {
    const run = Atomics.load(this.#signals, signalSlot.running);
    if (run === 0 || this.#stops > 0) return;
    const relieved = this.#last.then(() => this.#relieve(run));
    this.#last = relieved;
    await relieved;
  }

  close(): void {
    this.#isOver = true;
    this.#port.close();
    for (const answered of this.#waiting.values()) answered.resolve(undefined);
  }

  #receive(message: StopAnswer | OverNotice): void {
    if ('isOver' in message) this.close();
    else this.#waiting.get(message.request)?.resolve(message);
  }

  /** Resolves when main has obeyed, however long that takes, or ends. */
  async #stop(run: number): Promise<StopAnswer | undefined> {
    if (this.#isOver) return undefined;
    const request = ++this.#requests;
    const answered = deferred<StopAnswer | undefined>();
    this.#waiting.set(request, answered);
    try {
      this.#port.postMessage({ request, run } satisfies StopRequest);
      const answer = await this.#within(answered.promise, answerMs);
      if (answer === undefined) await this.#force({ request, run }, answered.promise);
      return await answered.promise;
    } finally {
      this.#waiting.delete(request);
    }
  }

  async #relieve(run: number): Promise<void> {
    const striker = await Striker.open(this.#signals);
    try {
      let result: StrikeResult = 'unreached';
      while (result === 'unreached') {
        if (this.#isOver || this.#stops > 0) return;
        const situation = { run, startMs: sharedNowMs(), needsFullHeap: true };
        result = await striker.strike(situation, patienceMs);
      }
      if (result === 'refused') return;
    } finally {
      striker.close();
    }
    Atomics.store(this.#signals, signalSlot.requested, run);
    await this.#stop(run);
  }

  /** Main's loop does not turn. */
  async #force(stop: StopRequest, answered: Promise<unknown>): Promise<void> {
    const startMs = sharedNowMs() - answerMs;
    const isAnswered = answered.then(() => true);
    const striker = await Striker.open(this.#signals);
    try {
      while (!(await this.#within(isAnswered, await this.#strike(striker, stop, startMs)))) {
        if (this.#isOver) return;
      }
    } finally {
      striker.close();
    }
  }

  /** One blow, or the attempt. @returns how long to wait for its effect. */
  async #strike(striker: Striker, stop: StopRequest, startMs: number): Promise<number> {
    const { run } = stop;
    switch (await striker.strike({ run, startMs }, patienceMs)) {
      case 'struck':
        // The blow may have met the handler of the first request.
        this.#port.postMessage(stop);
        return recoveryMs;
      case 'refused':
      case 'full':
        return refusedMs;
      case 'unreached':
        return 0;
    }
  }

  async #within<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
    const given = new AbortController();
    const limit = this.#clock.sleep(limitMs, given.signal).then(() => undefined);
    try {
      return await Promise.race([promise, limit]);
    } finally {
      given.abort();
    }
  }
}
