import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { VmWindow } from '../cell-script.js';
import type { CellContext, CellToken } from '../cell-token.js';
import {
  signalSlot,
  signalSlots,
  strikeKey,
  verdict,
  type InterruptLink,
  type StopAnswer,
  type StopRequest,
  type StrikeQuestion,
} from './interrupt-link.js';
import { mayStrike } from './may-strike.js';
import { struckFrames } from './struck-frames.js';

/** What an interrupt acts on. */
export interface Interruptible {
  readonly context: CellContext;
  readonly output: { readonly isWaiting: boolean };
  readonly sources: { has(name: string): boolean };
  /** Number of the run that goes on, or 0. */
  readonly runNumber: number;
  /** True for the latest run when it was stopped. */
  wasStopped(run: number): boolean;
  interrupt(): void;
  /** After code was ended whose `finally` did not run: who is current is known anew. */
  recover(): void;
}

/** The longest that main spins for the blow it agreed to. */
const blowMs = 250;
const globals = globalThis as unknown as Record<symbol, unknown>;

/**
 * The main thread's end of the interrupt.
 *
 * While the loop turns, a request stops the running cell from here. While it does not, the worker asks
 * through the inspector, which runs a function of ours on this thread in the midst
 * of whatever blocks it: so who is struck is decided where nothing can change meanwhile.
 */
export class InterruptReceiver {
  readonly window: VmWindow;
  readonly #port: MessagePort;
  readonly #signals: Int32Array;
  #target: Interruptible | undefined;
  /** The cell whose background work was struck while no cell ran. */
  #struck: CellToken | undefined;
  #seenSignals = 0;
  #isRefusing = false;
  readonly #onSignal = (): void => {
    this.#receiveSignal();
  };

  constructor(port: MessagePort, signals: SharedArrayBuffer) {
    this.#port = port;
    this.#signals = new Int32Array(signals);
    this.window = this.#makeWindow();
  }

  /** Begins to obey: `target` is what is stopped. */
  attach(target: Interruptible): void {
    this.#target = target;
    this.#port.on('message', (request: StopRequest) => {
      this.#port.postMessage(this.#stop(request, target));
    });
    this.#port.unref();
    this.#listenToSignals();
    globals[Symbol.for(strikeKey)] = (question: StrikeQuestion) =>
      this.#mayBeStruck(question, target);
  }

  setRunning(run: number): void {
    Atomics.store(this.#signals, signalSlot.running, run);
  }

  /** Known before the request's message: what awaits in a loop ends by itself. */
  isAskedToStop(run: number): boolean {
    return run !== 0 && Atomics.load(this.#signals, signalSlot.requested) === run;
  }

  /** Lets nothing be ended any more, because the process is about to. */
  refuse(): void {
    this.#isRefusing = true;
    Atomics.store(this.#signals, signalSlot.isInVm, 0);
  }

  close(): void {
    process.off('SIGINT', this.#onSignal);
    globals[Symbol.for(strikeKey)] = undefined;
    this.#port.close();
  }

  #stop({ request, run }: StopRequest, target: Interruptible): StopAnswer {
    const struck = this.#struck;
    this.#struck = undefined;
    if (struck !== undefined && struck.run !== 0) struck.stop();
    if (struck !== undefined) {
      target.recover();
      this.#listenToSignals();
    }
    const isRunning = run !== 0 && target.runNumber === run;
    if (isRunning) target.interrupt();
    const isStopped = isRunning || struck !== undefined || target.wasStopped(run);
    return { request, outcome: isStopped ? 'stopped' : 'idle' };
  }

  /** Runs inside an interrupt of V8, above the code in question. No regular expression, no await. */
  #mayBeStruck(question: StrikeQuestion, target: Interruptible): boolean {
    const signals = this.#signals;
    const asked = question.question * 4;
    const isAccepted =
      !this.#isRefusing &&
      target.runNumber === question.run &&
      mayStrike({
        frames: struckFrames((file) => target.sources.has(file)),
        elapsedMs: question.elapsedMs,
        isParked: target.output.isWaiting,
      });
    const answer = asked + (isAccepted ? verdict.accepted : verdict.refused);
    const before = Atomics.compareExchange(signals, signalSlot.verdict, asked, answer);
    if (before !== asked || !isAccepted) {
      Atomics.notify(signals, signalSlot.verdict);
      return false;
    }
    this.#struck = target.context.current;
    Atomics.notify(signals, signalSlot.verdict);
    // No wait here: this thread may be in one already, and V8 has one place for it.
    const deadlineMs = performance.now() + blowMs;
    while (Atomics.load(signals, signalSlot.isStruck) === 0) {
      if (performance.now() > deadlineMs) return false;
    }
    return true;
  }

  /** Anew after each blow: `vm` takes the listeners away for a while, and could not bring them back. */
  #listenToSignals(): void {
    process.off('SIGINT', this.#onSignal);
    process.on('SIGINT', this.#onSignal);
  }

  #makeWindow(): VmWindow {
    const signals = this.#signals;
    return {
      open: () => {
        Atomics.store(signals, signalSlot.isInVm, 1);
      },
      close: () => {
        Atomics.store(signals, signalSlot.isInVm, 0);
        // A SIGINT on its way has to arrive while Node's handler for it is still there.
        Atomics.wait(signals, signalSlot.isSignalling, 1, 100);
      },
      broken: () => {
        this.#seenSignals = Atomics.load(signals, signalSlot.sent);
      },
    };
  }

  /** A SIGINT of the worker that came too late is swallowed; one from elsewhere is an interrupt. */
  #receiveSignal(): void {
    const sent = Atomics.load(this.#signals, signalSlot.sent);
    if (sent === this.#seenSignals) this.#target?.interrupt();
    this.#seenSignals = sent;
  }
}

/** Both ends of a new way: `interrupts` for this thread, `link` for the worker. */
export function openInterrupts(): { interrupts: InterruptReceiver; link: InterruptLink } {
  const { port1, port2 } = new MessageChannel();
  const signals = new SharedArrayBuffer(signalSlots * Int32Array.BYTES_PER_ELEMENT);
  return { interrupts: new InterruptReceiver(port1, signals), link: { port: port2, signals } };
}
