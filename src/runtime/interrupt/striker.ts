import type Inspector from 'node:inspector';
import {
  blow,
  signalSlot,
  strikeKey,
  strikeScript,
  verdict,
  verdictStep,
  type StrikeQuestion,
} from './interrupt-link.js';

export type StrikeResult = 'struck' | 'refused' | 'full' | 'unreached';

/** After so many calls the question is asked anew, on a new session: nothing that was lost is waited for. */
const renewedAfter = 10;

/** Which run is to stop, and since when. */
export type Situation = Omit<StrikeQuestion, 'question'>;

/** Ends code on the main thread, with its agreement, from the worker. Open it for one interrupt. */
export class Striker {
  readonly #signals: Int32Array;
  readonly #inspector: typeof Inspector;
  #session: Inspector.Session | undefined;
  #question: number;
  /** How many calls have waited for the answer to the same question. */
  #standing = 0;

  private constructor(signals: Int32Array, inspector: typeof Inspector) {
    this.#signals = signals;
    this.#inspector = inspector;
    this.#question = Math.floor(Atomics.load(signals, signalSlot.verdict) / verdictStep);
  }

  /** Loads the inspector only when it is needed. */
  static async open(signals: Int32Array): Promise<Striker> {
    return new Striker(signals, await import('node:inspector'));
  }

  /**
   * Asks main, in the midst of what it does, and strikes when it agrees.
   *
   * `unreached` when there was no answer for `patienceMs`, because main is in native code; the question
   * stands, and the next call waits for its answer. A blow is handled in one go with the question that
   * it answers, so nothing runs in between.
   */
  async strike(situation: Situation, patienceMs: number): Promise<StrikeResult> {
    const signals = this.#signals;
    this.#askUnlessStanding(situation);
    const asked = this.#question * verdictStep;
    await answered(signals, asked, patienceMs);
    const answer = Atomics.load(signals, signalSlot.verdict);
    this.#standing = answer === asked ? this.#standing + 1 : 0;
    if (this.#standing > 0) return 'unreached';
    if (answer === asked + verdict.full) return 'full';
    if (answer === asked + verdict.ended) return 'struck';
    return answer === asked + verdict.accepted && this.#strike() ? 'struck' : 'refused';
  }

  close(): void {
    this.#session?.disconnect();
    this.#session = undefined;
    this.#standing = 0;
  }

  #askUnlessStanding(situation: Situation): void {
    // About a heap it may take seconds to answer, and to ask twice would take twice as long.
    if (this.#standing >= renewedAfter && situation.needsFullHeap !== true) this.close();
    if (this.#standing === 0) this.#ask(situation);
  }

  #ask(situation: Situation): void {
    const signals = this.#signals;
    this.#question = (this.#question + 1) % 0x0800_0000;
    Atomics.store(signals, signalSlot.blow, blow.awaited);
    Atomics.store(signals, signalSlot.verdict, this.#question * verdictStep);
    const question = this.#question;
    ask(this.#connected(), { question, ...situation }, () => this.#refuse(question));
  }

  /** Main could not answer: its stack was full. */
  #refuse(question: number): void {
    const asked = question * verdictStep;
    const slot = signalSlot.verdict;
    Atomics.compareExchange(this.#signals, slot, asked, asked + verdict.refused);
    Atomics.notify(this.#signals, slot);
  }

  /** @returns false when main waited too long. */
  #strike(): boolean {
    const signals = this.#signals;
    const state = Atomics.compareExchange(signals, signalSlot.blow, blow.awaited, blow.sending);
    if (state !== blow.awaited) return false;
    this.#session?.post('Runtime.terminateExecution', ignore);
    // Main handles first what it was sent before. An exit would wait for a session that is open.
    this.close();
    Atomics.store(signals, signalSlot.blow, blow.sent);
    return true;
  }

  #connected(): Inspector.Session {
    if (this.#session === undefined) {
      this.#session = new this.#inspector.Session();
      this.#session.connectToMainThread();
    }
    return this.#session;
  }
}

/** Main answers through shared memory. */
function ask(session: Inspector.Session, question: StrikeQuestion, onFailure: () => void): void {
  const call = `globalThis[Symbol.for('${strikeKey}')]?.(${JSON.stringify(question)})`;
  const expression = `${call}\n//# sourceURL=${strikeScript}`;
  // A debugger that waits for the next statement is not to stop at ours.
  const quietly = { silent: true, returnByValue: true, disableBreaks: true };
  session.post('Runtime.evaluate', { expression, ...quietly }, (error, answer) => {
    if (error !== null || answer.exceptionDetails !== undefined) onFailure();
  });
}

function ignore(): void {
  // nothing to do
}

/** Resolves when the verdict is no longer `asked`, or after `limitMs`. */
async function answered(signals: Int32Array, asked: number, limitMs: number): Promise<void> {
  const { waitAsync } = Atomics as unknown as AsyncAtomics;
  await waitAsync(signals, signalSlot.verdict, asked, limitMs).value;
}

/** Of ES2024, in Node since 16. */
interface AsyncAtomics {
  waitAsync: (...wait: [Int32Array, slot: number, expected: number, limitMs: number]) => {
    readonly value: string | Promise<string>;
  };
}
