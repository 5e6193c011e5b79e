import { ParallelError } from '../base/errors.js';
import { normalizeTargets, type Targets } from '../client/targets.js';

/** Engines that have magics of their own: `%px_even`. */
export interface ActivatedView {
  /** `even` of `%px_even`; empty for `%px` itself. */
  readonly suffix: string;
  /** As they were given: `'all'`, slices and predicates mean other engines from time to time. */
  readonly targets: Targets;
}

/** The views whose magics a notebook has. */
export class ActivatedViews {
  readonly #bySuffix = new Map<string, ActivatedView>([['', { suffix: '', targets: 'all' }]]);

  /** Gives engines magics of their own, or others to those of the same suffix. */
  activate(suffix: string | number, targets: Targets): void {
    const name = String(suffix).replace(/^_/, '');
    if (!/^[\p{ID_Continue}$]*$/u.test(name)) {
      throw new ParallelError(
        'BAD_ARGUMENT',
        `Expected \`suffix\` to be letters and digits, as even for %px_even, got '${name}'.`,
      );
    }
    normalizeTargets(targets); // a slip is told here, not by the first magic
    this.#bySuffix.set(name, { suffix: name, targets });
  }

  find(suffix: string): ActivatedView | undefined {
    return this.#bySuffix.get(suffix);
  }

  /** Without the empty one of `%px` itself. */
  get suffixes(): readonly string[] {
    return [...this.#bySuffix.keys()].filter((suffix) => suffix !== '');
  }
}
