import { ParallelError } from '../base/errors.js';
import { PxStacks } from '../px/px-stacks.js';
import type { NotebookSession } from '../px/session.js';
import type { MagicContext } from './magic-context.js';
import type { CommandPart } from './parse-command.js';
import { targetsOf } from './targets-of.js';

/** `%stack [TARGETS]`. @returns where the engines are. */
export async function stackCommand(
  part: Pick<CommandPart, 'flags' | 'words'>,
  session: NotebookSession,
  { signal }: Pick<MagicContext, 'signal'>,
): Promise<string> {
  const [extra, targets = 'all'] = [part.words[1], targetsOf(part)];
  if (extra !== undefined) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `%stack takes one list of targets, got '${extra}' too.`,
    );
  }
  await session.recover({ signal });
  return `${String(new PxStacks(await connectedTo(session).stack(targets)))}\n`;
}

/** Nothing is started to be looked into. */
export function connectedTo({ connected }: NotebookSession): NonNullable<typeof connected> {
  if (connected !== undefined) return connected;
  throw new ParallelError(
    'NOT_CONNECTED',
    'This notebook has no cluster yet: `await px.start({ n: 4 })` starts one, and so does a %%px cell.',
  );
}
