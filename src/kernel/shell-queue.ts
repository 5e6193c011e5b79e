/** A request as far as its turn is concerned. */
export interface Waiting {
  readonly id: string;
  readonly turn: Turn;
}

/**
 * `cell`: one after the other, and those behind a failed one are aborted.
 * `ordered`: after the cells that arrived before it.
 * `follows`: at once, unless an ordered request waits.
 * `aside`: at once, also while a cell runs.
 */
export type Turn = 'cell' | 'ordered' | 'follows' | 'aside';

export type QueueInstruction =
  { readonly type: 'start'; readonly id: string } | { readonly type: 'abort'; readonly id: string };

/** Decides when a request on the shell channel starts, without knowing what it is. */
export class ShellQueue {
  readonly #waiting: Waiting[] = [];
  #running: string | undefined;

  /** The cell that runs. */
  get running(): string | undefined {
    return this.#running;
  }

  arrived(request: Waiting): QueueInstruction[] {
    if (this.#isAside(request)) return [{ type: 'start', id: request.id }];
    this.#waiting.push(request);
    return this.#startNext();
  }

  /** @param abortsRest - The cells that wait are given up. */
  finished(id: string, abortsRest: boolean): QueueInstruction[] {
    if (id !== this.#running) return [];
    this.#running = undefined;
    const aborted = abortsRest ? this.#removeCells() : [];
    return [...aborted.map((cell) => ({ type: 'abort', id: cell }) as const), ...this.#startNext()];
  }

  #isAside({ turn }: Waiting): boolean {
    if (turn === 'follows') return this.#waiting.every((request) => request.turn === 'cell');
    return turn === 'aside';
  }

  #startNext(): QueueInstruction[] {
    const instructions: QueueInstruction[] = [];
    while (this.#running === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      if (next.turn === 'cell') this.#running = next.id;
      instructions.push({ type: 'start', id: next.id });
    }
    return instructions;
  }

  #removeCells(): string[] {
    const cells = this.#waiting.filter(({ turn }) => turn === 'cell').map(({ id }) => id);
    const others = this.#waiting.filter(({ turn }) => turn !== 'cell');
    this.#waiting.splice(0, Infinity, ...others);
    return cells;
  }
}
