import { setImmediate } from 'node:timers';
import type { MimeBundle } from '../wire/contents.js';
import type { CellToken } from './cell-token.js';
import { sharedNowMs } from './interrupt/interrupt-link.js';
import { Interruption } from './interruption.js';
import { inOwnTurn } from './own-turn.js';
import type { RenderedError } from './render-error.js';

export type CellOutcome =
  | {
      readonly status: 'ok';
      readonly hasValue: boolean;
      readonly value: unknown;
      /** What a front end shows of `value`; empty without one. */
      readonly bundle: MimeBundle;
    }
  | { readonly status: 'error'; readonly error: RenderedError; readonly thrown: unknown }
  | { readonly status: 'interrupted'; readonly error: RenderedError };

/** The steps of a run that are not its own. */
export interface CellSteps {
  /** The synchronous part of the cell; its promise, or undefined. */
  call(): unknown;
  /** After the cell's code: its value, and what it shows. */
  conclude(): Promise<CellOutcome>;
  render(thrown: unknown): RenderedError;
  /** Why it was stopped, if not by someone who pressed Stop. */
  stopReason(): RenderedError | undefined;
}

/**
 * One run of a cell, from its start to the outcome, which comes exactly once.
 *
 * An interrupt may end user code from outside, and then whatever stood in the queue of microtasks is
 * dropped, continuations of ours among it. So user code is entered in a turn of its own, when nothing
 * of ours waits there; the outcome leaves by another one; and {@link interrupt}, which is called when
 * the loop turns again, delivers whatever was decided.
 */
export class CellRun {
  readonly token: CellToken;
  readonly startedMs: number = sharedNowMs();
  readonly #steps: CellSteps;
  readonly #deliver: (outcome: CellOutcome) => void;
  #decided: CellOutcome | undefined;
  #isDelivered = false;

  constructor(token: CellToken, steps: CellSteps, deliver: (outcome: CellOutcome) => void) {
    this.token = token;
    this.#steps = steps;
    this.#deliver = deliver;
  }

  start(): void {
    inOwnTurn(() => {
      if (!this.#isDelivered) void this.#run();
    });
  }

  /** Called from the event loop, so that nothing of the user's is on the stack. */
  interrupt(): void {
    this.token.isStopped = true;
    this.#decided ??= this.#interrupted();
    this.#leave();
  }

  async #run(): Promise<void> {
    try {
      await this.#steps.call();
      this.#decide(await this.#steps.conclude());
    } catch (thrown) {
      // In a turn of its own: it runs getters of the user's, and below an error that is being handled
      // they could not be ended from outside.
      inOwnTurn(() => {
        this.#decide(this.#failed(thrown));
      });
    }
  }

  #decide(outcome: CellOutcome): void {
    this.#decided ??= outcome;
    setImmediate(() => {
      this.#leave();
    });
  }

  #failed(thrown: unknown): CellOutcome {
    if (this.token.isStopped || thrown instanceof Interruption) return this.#interrupted();
    return { status: 'error', error: this.#steps.render(thrown), thrown };
  }

  #interrupted(): CellOutcome {
    const [ename, evalue] = ['Interrupted', `${this.token.name} was stopped.`];
    const error = { ename, evalue, traceback: [`${ename}: ${evalue}`] };
    return { status: 'interrupted', error: this.#steps.stopReason() ?? error };
  }

  #leave(): void {
    if (this.#isDelivered || this.#decided === undefined) return;
    this.#isDelivered = true;
    this.#deliver(this.#decided);
  }
}
