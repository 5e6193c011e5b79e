import type Inspector from 'node:inspector';
import {
  signalSlot,
  strikeKey,
  strikeScript,
  verdict,
  type StrikeQuestion,
} from './interrupt-link.js';

export type StrikeResult = 'struck' | 'refused' | 'unreached';

/** Lets main go on after a SIGINT at the latest then. */
const signalMs = 15;

/** Ends code on the main thread, with its agreement, from the worker. Open it for one interrupt. */
export class Striker {
  readonly #signals: Int32Array;
  readonly #inspector: typeof Inspector;
  #session: Inspector.Session | undefined;
  #question: number;

  private constructor(signals: Int32Array, inspector: typeof Inspector) {
    this.#signals = signals;
    this.#inspector = inspector;
    this.#question = Atomics.load(signals, signalSlot.verdict) >> 2;
  }

  /** Loads the inspector only when it is needed. */
  static async open(signals: Int32Array): Promise<Striker> {
    return new Striker(signals, await import('node:inspector'));
  }

  /**
   * Asks main, in the midst of what it does, and strikes when it agrees.
   *
   * Blocks this thread until main answers, `patienceMs` at most: `unreached` when it did not, because
   * it is in native code. Both messages are handled in one go there, so nothing runs in between.
   */
  strike(situation: { run: number; elapsedMs: number }, patienceMs: number): StrikeResult {
    const signals = this.#signals;
    this.#question = (this.#question + 1) % 0x1000_0000;
    const asked = this.#question * 4;
    Atomics.store(signals, signalSlot.isStruck, 0);
    Atomics.store(signals, signalSlot.verdict, asked);
    const session = this.#connected();
    ask(session, { question: this.#question, ...situation });
    Atomics.wait(signals, signalSlot.verdict, asked, patienceMs);
    const withdrawn = asked + verdict.withdrawn;
    const answer = Atomics.compareExchange(signals, signalSlot.verdict, asked, withdrawn);
    if (answer === asked) return 'unreached';
    if (answer !== asked + verdict.accepted) return 'refused';
    session.post('Runtime.terminateExecution', ignore);
    // Main handles first what it was sent before. An exit would wait for a session that is open.
    this.close();
    Atomics.store(signals, signalSlot.isStruck, 1);
    return 'struck';
  }

  /** Sends a SIGINT when main is in `vm` code of this run: it ends built-ins that answer nothing else. */
  async signal(run: number): Promise<void> {
    const signals = this.#signals;
    Atomics.store(signals, signalSlot.isSignalling, 1);
    try {
      const isInVm = Atomics.load(signals, signalSlot.isInVm) === 1;
      if (!isInVm || Atomics.load(signals, signalSlot.running) !== run) return;
      Atomics.add(signals, signalSlot.sent, 1);
      process.kill(process.pid, 'SIGINT');
      await new Promise((resolve) => setTimeout(resolve, signalMs));
    } finally {
      Atomics.store(signals, signalSlot.isSignalling, 0);
      Atomics.notify(signals, signalSlot.isSignalling);
    }
  }

  close(): void {
    this.#session?.disconnect();
    this.#session = undefined;
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
function ask(session: Inspector.Session, question: StrikeQuestion): void {
  const call = `globalThis[Symbol.for('${strikeKey}')]?.(${JSON.stringify(question)})`;
  const expression = `${call}\n//# sourceURL=${strikeScript}`;
  session.post('Runtime.evaluate', { expression, silent: true, returnByValue: true }, ignore);
}

function ignore(): void {
  // nothing to do
}
