import type { MessagePort } from 'node:worker_threads';
import { systemClock, type Clock } from '../../base/clock.js';
import { deferred, type Deferred } from '../../base/deferred.js';
import { signalSlot, type InterruptLink, type StopAnswer } from './interrupt-link.js';
import { Striker } from './striker.js';

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
/** Between two questions while main refuses, and while it cannot be reached. */
const refusedMs = 3;
const unreachedMs = 50;
const giveUpAfterMs = 2000;

/** The worker's end of the interrupt. */
export class Interrupter {
  readonly #port: MessagePort;
  readonly #signals: Int32Array;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Deferred<StopAnswer>>();
  #requests = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(link: InterruptLink, clock: Clock = systemClock) {
    this.#port = link.port;
    this.#signals = new Int32Array(link.signals);
    this.#clock = clock;
    this.#port.on('message', (answer: StopAnswer) =>
      this.#waiting.get(answer.request)?.resolve(answer),
    );
    this.#port.unref();
  }

  /**
   * Stops the cell that runs now, whatever it does, or what blocks the loop when none does. Never a
   * later cell.
   */
  interrupt(): Promise<InterruptOutcome> {
    const run = Atomics.load(this.#signals, signalSlot.running);
    if (run !== 0) Atomics.store(this.#signals, signalSlot.requested, run);
    const outcome = this.#last.then(() => this.#stop(run));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  close(): void {
    this.#port.close();
  }

  async #stop(run: number): Promise<InterruptOutcome> {
    const request = ++this.#requests;
    const answered = deferred<StopAnswer>();
    this.#waiting.set(request, answered);
    try {
      this.#port.postMessage({ request, run });
      const answer = await this.#within(answered.promise, answerMs);
      return (
        (answer ?? (await this.#force({ request, run }, answered.promise)))?.outcome ?? 'blocked'
      );
    } finally {
      this.#waiting.delete(request);
    }
  }

  /** Main's loop does not turn. */
  async #force(
    stop: { request: number; run: number },
    answered: Promise<StopAnswer>,
  ): Promise<StopAnswer | undefined> {
    const startMs = this.#clock.now() - answerMs;
    const striker = await Striker.open(this.#signals);
    try {
      let answer: StopAnswer | undefined;
      while (answer === undefined) {
        const elapsedMs = this.#clock.now() - startMs;
        if (elapsedMs >= giveUpAfterMs) return undefined;
        answer = await this.#within(answered, await this.#strike(striker, stop, elapsedMs));
      }
      return answer;
    } finally {
      striker.close();
    }
  }

  /** One blow, or the attempt. @returns how long to wait for its effect. */
  async #strike(
    striker: Striker,
    { request, run }: { request: number; run: number },
    elapsedMs: number,
  ): Promise<number> {
    switch (striker.strike({ run, elapsedMs }, elapsedMs < 100 ? 30 : 5)) {
      case 'struck':
        // The blow may have met the handler of the first request.
        this.#port.postMessage({ request, run });
        // V8 takes no second blow while an exception swallowed the first: a signal does not ask it.
        if (elapsedMs > 4 * recoveryMs) await striker.signal(run);
        return recoveryMs;
      case 'refused':
        return refusedMs;
      case 'unreached':
        await striker.signal(run);
        return unreachedMs;
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
