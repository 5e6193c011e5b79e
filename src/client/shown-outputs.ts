import type { OutputBody } from './outputs.js';

/**
 * What a task had shown at some moment: of its record, which begins with the same, the rest is new. Texts
 * are told by their length, since records join them in other pieces.
 */
export class ShownOutputs {
  readonly #characters = { stdout: 0, stderr: 0 };
  #others = 0;
  #isUnknown = false;

  constructor(outputs: Iterable<OutputBody>) {
    for (const output of outputs) {
      if (output.type === 'stream') this.#characters[output.name] += output.text.length;
      else if (output.type === 'cut') this.#isUnknown = true;
      else this.#others += 1;
    }
  }

  /** What is new in `recorded`, all of a task's outputs; nothing where either side has forgotten some. */
  newIn(recorded: readonly OutputBody[]): OutputBody[] {
    if (this.#isUnknown || recorded.some(({ type }) => type === 'cut')) return [];
    return recorded.flatMap((output) => this.#rest(output));
  }

  #rest(output: OutputBody): OutputBody[] {
    if (output.type !== 'stream') {
      if (this.#others === 0) return [output];
      this.#others -= 1;
      return [];
    }
    const { name, text } = output;
    const shown = Math.min(this.#characters[name], text.length);
    this.#characters[name] -= shown;
    return shown === text.length ? [] : [{ ...output, text: text.slice(shown) }];
  }
}
