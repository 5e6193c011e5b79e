import { ParallelError } from '../base/errors.js';
import { parseTargets } from '../client/targets.js';
import type { CommandPart } from './parse-command.js';

/**
 * The targets that a line names by a flag or as its first word: `--targets 0,2`, `0,2`.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT`.
 */
export function targetsOf({
  flags,
  words: [word],
}: Pick<CommandPart, 'flags' | 'words'>): string | undefined {
  if (word === undefined) return flags.targets;
  if (flags.targets !== undefined) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `The targets stand there twice: as --targets ${flags.targets} and as '${word}'.`,
    );
  }
  parseTargets(word);
  return word;
}
