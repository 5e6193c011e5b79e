import { getHeapStatistics } from 'node:v8';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { CellContext, CellToken } from '../cell-token.js';
import { isHalted, release } from '../debugging/inspector.js';
import {
  blow,
  sharedNowMs,
  signalSlot,
  signalSlots,
  strikeKey,
  verdict,
  verdictStep,
  type InterruptLink,
  type OverNotice,
  type StopAnswer,
  type StopRequest,
  type StrikeQuestion,
} from './interrupt-link.js';
import { type HeapFill, MainHeap } from './main-heap.js';
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
 * through the inspector, which runs a function of ours on this thread in the midst of whatever blocks
 * it: so who is struck is decided where nothing can change meanwhile.
 */
export class InterruptReceiver {
  /** Number of the run that has to stop, in shared memory. */
  readonly requested: Int32Array;
  readonly #port: MessagePort;
  readonly #signals: Int32Array;
  /** The cell whose background work was struck while no cell ran. */
  #struck: CellToken | undefined;
  readonly #heap = new MainHeap();
  /** The run that filled the heap, and how full it was. */
  #filled: { readonly run: number; readonly fill: HeapFill } | undefined;
  #isRefusing = false;
  #emptyStacks = 0;

  constructor(port: MessagePort, signals: SharedArrayBuffer) {
    this.#port = port;
    this.#signals = new Int32Array(signals);
    this.requested = this.#signals.subarray(signalSlot.requested, signalSlot.requested + 1);
  }

  /** Begins to obey: `target` is what is stopped. A SIGINT is not, since none says what it was meant for. */
  attach(target: Interruptible): void {
    this.#port.on('message', (request: StopRequest) => {
      this.#port.postMessage(this.#stop(request, target));
    });
    this.#port.unref();
    process.on('SIGINT', ignoreSignal);
    globals[Symbol.for(strikeKey)] = (question: StrikeQuestion) =>
      this.#mayBeStruck(question, target);
  }

  /** How full the heap was when `run` was stopped for it; undefined when it was not. */
  fillOf(run: number): HeapFill | undefined {
    return this.#filled?.run === run ? this.#filled.fill : undefined;
  }

  setRunning(run: number): void {
    if (run !== 0) this.#heap.begin();
    Atomics.store(this.#signals, signalSlot.running, run);
  }

  /** Lets nothing be ended any more, because the process is about to. */
  refuse(): void {
    this.#isRefusing = true;
    this.#port.postMessage({ isOver: true } satisfies OverNotice);
  }

  close(): void {
    process.off('SIGINT', ignoreSignal);
    globals[Symbol.for(strikeKey)] = undefined;
    this.#port.close();
  }

  #stop({ request, run }: StopRequest, target: Interruptible): StopAnswer {
    this.#emptyStacks = 0;
    const struck = this.#struck;
    this.#struck = undefined;
    if (struck !== undefined && struck.run > 0) struck.isStopped = true;
    if (struck !== undefined) target.recover();
    const isRunning = run !== 0 && target.runNumber === run;
    if (isRunning) target.interrupt();
    const isStopped = isRunning || struck !== undefined || target.wasStopped(run);
    return { request, outcome: isStopped ? 'stopped' : 'idle' };
  }

  /** Runs inside an interrupt of V8, above the code in question. No regular expression, no await. */
  #mayBeStruck(asked: StrikeQuestion, target: Interruptible): void {
    const signals = this.#signals;
    const decision = this.#carefully(asked, target);
    const question = asked.question * verdictStep;
    const answer = question + verdict[decision];
    const before = Atomics.compareExchange(signals, signalSlot.verdict, question, answer);
    Atomics.notify(signals, signalSlot.verdict);
    if (before !== question) return;
    const isEnded = decision === 'ended' || (decision === 'accepted' && isBlowComing(signals));
    if (isEnded) this.#struck = target.context.current;
  }

  /** Where code recurses there may be no stack left to decide on: then it is asked again. */
  #carefully(asked: StrikeQuestion, target: Interruptible): Decision {
    let decision: Decision = 'refused';
    try {
      decision = this.#decide(asked, target);
      return releaseHalted(asked, decision, target);
    } catch {
      return decision; // what cannot be asked for a halt has none
    }
  }

  #decide(asked: StrikeQuestion, target: Interruptible): Decision {
    if (asked.needsFullHeap !== true) return this.#agrees(asked, target) ? 'accepted' : 'refused';
    const isMeantNow = !this.#isRefusing && asked.run === target.runNumber;
    if (!isMeantNow || !this.#isFilledBy(asked.run)) return 'refused';
    return this.#agrees(asked, target) ? 'accepted' : 'full';
  }

  /** A question about the heap comes without a message to the loop, so that empty stacks tell nothing. */
  #agrees({ run, startMs, needsFullHeap = false }: StrikeQuestion, target: Interruptible): boolean {
    const frames = struckFrames((file) => target.sources.has(file));
    const isEmpty = frames.every((frame) => frame === 'node');
    if (!needsFullHeap) this.#emptyStacks = isEmpty ? this.#emptyStacks + 1 : 0;
    return (
      !this.#isRefusing &&
      isMeant(run, target.runNumber) &&
      mayStrike({
        frames,
        elapsedMs: sharedNowMs() - startMs,
        isParked: target.output.isWaiting,
        isCellRunning: target.runNumber !== 0,
        emptyStacks: needsFullHeap ? 0 : this.#emptyStacks,
      })
    );
  }

  /** It may take seconds to know. */
  #isFilledBy(run: number): boolean {
    const fill = this.#heap.fullness();
    if (fill !== undefined) this.#filled = { run, fill };
    return fill !== undefined;
  }
}

type Decision = Exclude<keyof typeof verdict, 'asked'>;

/**
 * What a debugger halts cannot be struck. The halt is over after this, and what was halted with it, if it was to
 * be; a full heap alone ends no halt.
 */
function releaseHalted(
  { run, needsFullHeap }: StrikeQuestion,
  decision: Decision,
  { runNumber }: Interruptible,
): Decision {
  const ends = decision === 'accepted';
  if (!isMeant(run, runNumber) || (needsFullHeap === true && !ends)) return decision;
  if (!isHalted()) return decision;
  release({ ends });
  return ends ? 'ended' : decision;
}

/** The cell in question, or, when it ended meanwhile, what it left; never a later cell. */
function isMeant(run: number, runningNow: number): boolean {
  return runningNow === run || runningNow === 0;
}

/**
 * The worker's message has to be in the queue of this thread before the inspector's call returns: then
 * V8 handles it next. No `Atomics.wait`: this thread may be in one already, and V8 has one place for it.
 */
function isBlowComing(signals: Int32Array): boolean {
  const deadlineMs = performance.now() + blowMs;
  while (Atomics.load(signals, signalSlot.blow) !== blow.sent) {
    if (performance.now() < deadlineMs) continue;
    const state = Atomics.compareExchange(signals, signalSlot.blow, blow.awaited, blow.givenUp);
    if (state === blow.awaited) return false;
  }
  return true;
}

/** Both ends of a new way: `interrupts` for this thread, `link` for the worker. */
export function openInterrupts(): { interrupts: InterruptReceiver; link: InterruptLink } {
  const { port1, port2 } = new MessageChannel();
  const signals = new SharedArrayBuffer(signalSlots * Int32Array.BYTES_PER_ELEMENT);
  const { heap_size_limit: heapLimitBytes } = getHeapStatistics();
  const link = { port: port2, signals, heapLimitBytes };
  return { interrupts: new InterruptReceiver(port1, signals), link };
}

function ignoreSignal(): void {
  // without a listener it would end the process
}
