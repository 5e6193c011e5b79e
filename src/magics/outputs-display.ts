import type { Clock } from '../base/clock.js';
import type { Output, ResultOutput } from '../client/outputs.js';
import { ErrorNotes } from './error-notes.js';
import type { MagicOutput } from './magic-output.js';
import { PrefixedLines } from './prefixed-lines.js';
import { showDisplay } from './show-display.js';
import { showResults } from './show-results.js';

/**
 * Shows what several engines publish in the output area of one cell: streams line by line, displays and
 * errors as they come, each with its engine; results when all are done, in the order of the engines.
 */
export class OutputsDisplay {
  readonly #output: MagicOutput;
  readonly #lines: PrefixedLines;
  readonly #errors: ErrorNotes;
  readonly #results = new Map<number | undefined, ResultOutput>();
  readonly #showsErrors: boolean;

  /** @param options - `showsErrors` is false where the only error ends the cell, and is shown there. */
  constructor(output: MagicOutput, options: { clock: Clock; showsErrors: boolean }) {
    this.#output = output;
    this.#showsErrors = options.showsErrors;
    this.#lines = new PrefixedLines((name, text) => output.stream(name, text), options);
    this.#errors = new ErrorNotes((text) => {
      this.#lines.flush();
      output.stream('stderr', text);
    }, options);
  }

  show(output: Output): void {
    switch (output.type) {
      case 'stream':
        this.#lines.add(output.engineId, output.name, output.text);
        return;
      case 'display':
      case 'display-update':
        this.#lines.flush();
        showDisplay(output, this.#output);
        return;
      case 'result':
        this.#results.set(output.engineId, output);
        return;
      case 'error':
        // Who was stopped is told once, at the end.
        if (!this.#showsErrors || output.name === 'Interrupted') return;
        this.#errors.add(output.engineId, output);
        return;
      case 'cut':
        this.#lines.flush();
        this.#output.stream('stderr', cutNote(output));
        return;
      case 'clear':
        return; // One engine does not clear what the others show in the same place.
    }
  }

  /** Shows the results, in this order of engines, and what was held back. */
  finish(engineIds: readonly number[]): void {
    this.#lines.flush();
    this.#errors.finish();
    const results = engineIds.flatMap((engineId) => {
      const result = this.#results.get(engineId);
      return result === undefined ? [] : [{ engineId, result }];
    });
    showResults(results, this.#output);
  }
}

export function cutNote(cut: {
  readonly engineId: number | undefined;
  readonly count: number;
}): string {
  return `[error:${cut.engineId ?? '?'}] ${cut.count} outputs were cut: there were too many to keep.\n`;
}
