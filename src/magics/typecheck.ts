import { ParallelError } from '../base/errors.js';
import type { Notebook } from '../px/notebook.js';
import { didYouMean } from './did-you-mean.js';

const levels = ['default', 'strict', 'loose', 'off'] as const;

/** `%typecheck LEVEL`. @returns what is to be said of it. @throws {@link ParallelError} `BAD_ARGUMENT`. */
export async function typecheckCommand(
  words: readonly string[],
  notebook: Pick<Notebook, 'typecheck' | 'describeProject'>,
): Promise<string> {
  const [word, ...more] = words;
  if (word === undefined) {
    return `%typecheck ${notebook.typecheck}\n${await notebook.describeProject()}`;
  }
  const level = levels.find((each) => each === word);
  if (level === undefined || more.length > 0) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `%typecheck needs strict, loose, off or default, got '${words.join(' ')}'.${didYouMean(word, levels)}`,
    );
  }
  notebook.typecheck = level;
  return '';
}
