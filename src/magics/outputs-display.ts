import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { DisplayOutput, Output, ResultOutput } from '../client/outputs.js';
import { isByStop } from './error-groups.js';
import { ErrorNotes } from './error-notes.js';
import { InPlaceOutputs } from './in-place-outputs.js';
import type { MagicOutput } from './magic-output.js';
import { PrefixedLines } from './prefixed-lines.js';
import { showDisplay } from './show-display.js';
import { isPlainText, showResults } from './show-results.js';

/**
 * Shows what several engines publish in the output area of one cell: streams line by line, displays and
 * errors as they come, each with its engine; results when all are done, in the order of the engines.
 */
export class OutputsDisplay {
  readonly #output: MagicOutput;
  readonly #lines: PrefixedLines;
  readonly #errors: ErrorNotes;
  readonly #inPlace: InPlaceOutputs;
  readonly #results = new Map<number | undefined, ResultOutput>();
  readonly #showsErrors: boolean;

  /** @param options - `showsErrors` is false where the only error ends the cell, and is shown there. */
  constructor(output: MagicOutput, options: { clock: Clock; showsErrors: boolean }) {
    this.#output = output;
    this.#showsErrors = options.showsErrors;
    this.#lines = new PrefixedLines((name, text) => output.stream(name, text), options);
    this.#inPlace = new InPlaceOutputs(output, options);
    this.#errors = new ErrorNotes((text) => {
      this.#lines.flush();
      output.stream('stderr', text);
    }, options);
  }

  show(output: Output): void {
    switch (output.type) {
      case 'stream':
        this.#print(output);
        return;
      case 'display':
      case 'display-update':
        this.#display(output);
        return;
      case 'result':
        this.#results.set(output.engineId, output);
        return;
      case 'error':
        if (this.#showsErrors && !isByStop(output)) this.#errors.add(output.engineId, output);
        return;
      case 'cut':
        this.#lines.flush();
        this.#output.stream('stderr', cutNote(output));
        return;
      case 'clear':
        this.#lines.flush(); // lines that were printed stay: other engines' stand between them
        this.#inPlace.clear(output.engineId, output.wait);
    }
  }

  #print({ engineId, name, text }: Extract<Output, { type: 'stream' }>): void {
    if (this.#inPlace.has(engineId)) this.#inPlace.stream(engineId, name, text);
    else this.#lines.add(engineId, name, text);
  }

  #display(output: DisplayOutput & { readonly engineId: number | undefined }): void {
    const { engineId, type, data } = output;
    if (this.#inPlace.has(engineId) && this.#inPlace.display(engineId, output)) return;
    this.#lines.flush();
    if (type === 'display-update') {
      showDisplay(output, this.#output);
      return;
    }
    const [labelId, displayId] = [randomUUID(), output.displayId ?? randomUUID()];
    showDisplay({ ...output, displayId }, this.#output, labelId);
    if (!isPlainText(data)) this.#inPlace.remember(engineId, labelId);
    this.#inPlace.remember(engineId, displayId);
  }

  /** Shows the results, in this order of engines, and what was held back. */
  finish(engineIds: readonly number[]): void {
    this.#lines.flush();
    this.#inPlace.flush();
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
