import type { Clock } from '../base/clock.js';
import type { DisplayOutput, ErrorOutput, Output, ResultOutput } from '../client/outputs.js';
import type { MimeBundle } from '../wire/contents.js';
import type { MagicOutput } from './magic-output.js';
import { PrefixedLines } from './prefixed-lines.js';

/**
 * Shows what several engines publish in the output area of one cell: streams line by line, displays and
 * errors as they come, each with its engine; results when all are done, in the order of the engines.
 */
export class OutputsDisplay {
  readonly #output: MagicOutput;
  readonly #lines: PrefixedLines;
  readonly #results = new Map<number | undefined, ResultOutput>();
  readonly #showsErrors: boolean;
  readonly #stacks: string[] = [];

  /** @param options - `showsErrors` is false where the only error ends the cell, and is shown there. */
  constructor(output: MagicOutput, options: { clock: Clock; showsErrors: boolean }) {
    this.#output = output;
    this.#showsErrors = options.showsErrors;
    this.#lines = new PrefixedLines((name, text) => output.stream(name, text), options);
  }

  show(output: Output): void {
    switch (output.type) {
      case 'stream':
        this.#lines.add(output.engineId, output.name, output.text);
        return;
      case 'display':
      case 'display-update':
        this.#showDisplay(output);
        return;
      case 'result':
        this.#results.set(output.engineId, output);
        return;
      case 'error':
        this.#showError(output);
        return;
      case 'cut':
        this.#note(
          output.engineId,
          `${output.count} outputs were cut: there were too many to keep.`,
        );
        return;
      case 'clear':
        return; // One engine does not clear what the others show in the same place.
    }
  }

  /** Shows the results, in this order of engines, and what was held back. */
  finish(engineIds: readonly number[]): void {
    this.#lines.flush();
    let texts: string[] = [];
    const showTexts = (): void => {
      if (texts.length > 0) this.#output.display({ 'text/plain': texts.join('\n') });
      texts = [];
    };
    for (const engineId of engineIds) {
      const result = this.#results.get(engineId);
      if (result === undefined) continue;
      const label = `Out[${engineId}:${result.executionCount}]:`;
      const isPlain = isPlainText(result.data);
      texts.push(isPlain ? labelled(label, result.data) : label);
      if (isPlain) continue;
      showTexts();
      this.#output.display(result.data, { metadata: result.metadata });
    }
    showTexts();
  }

  #showDisplay(output: DisplayOutput & { readonly engineId: number | undefined }): void {
    const { data, metadata, displayId } = output;
    const label = `[output:${output.engineId ?? '?'}]`;
    const isPlain = isPlainText(data);
    const isUpdate = output.type === 'display-update';
    this.#lines.flush();
    if (!isPlain && !isUpdate) this.#output.display({ 'text/plain': label });
    this.#output.display(isPlain ? { 'text/plain': labelled(label, data) } : data, {
      metadata,
      update: isUpdate,
      ...(displayId === undefined ? {} : { id: displayId }),
    });
  }

  /** The first stacks in full, then one line each; a stack that was seen before is not shown again. */
  #showError(error: ErrorOutput & { readonly engineId: number | undefined }): void {
    // Who was stopped is told once, at the end.
    if (!this.#showsErrors || error.name === 'Interrupted') return;
    const summary = `${error.name}: ${error.message}`;
    const stack = error.traceback.join('\n');
    const isFull = !this.#stacks.includes(stack) && this.#stacks.length < stacksShown;
    if (!isFull) {
      this.#note(error.engineId, summary);
      return;
    }
    this.#stacks.push(stack);
    this.#note(error.engineId, stack.includes(error.message) ? stack : `${summary}\n${stack}`);
  }

  #note(engineId: number | undefined, text: string): void {
    const prefix = `[error:${engineId ?? '?'}] `;
    this.#lines.flush();
    this.#output.stream('stderr', `${prefix}${text.trimEnd().replaceAll('\n', `\n${prefix}`)}\n`);
  }
}

const stacksShown = 4;

function isPlainText(data: MimeBundle): boolean {
  return Object.keys(data).every((type) => type === 'text/plain');
}

/** `Out[3:1]: 42`; a text of several lines starts on a line of its own. */
function labelled(label: string, data: MimeBundle): string {
  const plain = data['text/plain'];
  const text = typeof plain === 'string' ? plain : '';
  return text.includes('\n') ? `${label}\n${text}` : `${label} ${text}`;
}
