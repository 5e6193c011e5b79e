import { ParallelError } from '../base/errors.js';
import { debuggerText } from '../px/debugger-text.js';
import { PxInspectors } from '../px/px-inspectors.js';
import type { NotebookSession } from '../px/session.js';
import { closeInspector, openInspector } from '../runtime/debugging/inspector.js';
import type { MagicContext } from './magic-context.js';
import type { CommandPart } from './parse-command.js';
import { connectedTo } from './stack.js';
import { targetsOf } from './targets-of.js';

/** `%inspect [off] [TARGETS] [--port N]`: the debugger of the kernel, or of engines. @returns what is to be said. */
export async function inspectCommand(
  part: Pick<CommandPart, 'flags' | 'words'>,
  session: NotebookSession,
  { signal }: Pick<MagicContext, 'signal'>,
): Promise<string> {
  const asked = readLine(part);
  if (asked.targets === undefined) return `${ofKernel(asked)}\n`;
  await session.recover({ signal });
  const client = connectedTo(session);
  const { isOff, targets, port } = asked;
  const inspectors = isOff
    ? await client.closeInspectors(targets)
    : await client.inspect(targets, { port });
  return `${String(new PxInspectors(inspectors))}\n`;
}

interface Asked {
  readonly isOff: boolean;
  /** Undefined for the kernel. */
  readonly targets: string | undefined;
  readonly port: number;
}

function readLine({ flags, words }: Pick<CommandPart, 'flags' | 'words'>): Asked {
  const isOff = words.includes('off');
  const [word, extra] = words.filter((each) => each !== 'off');
  if (extra !== undefined) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `%inspect takes one list of targets, got '${extra}' too.`,
    );
  }
  if (isOff && flags.port !== undefined) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      '%inspect off takes no --port: it closes what is open.',
    );
  }
  const targets = targetsOf({ flags, words: word === undefined ? [] : [word] });
  return { isOff, targets, port: flags.port ?? 0 };
}

/** Cells run in this process: the kernel's debugger is its own. */
function ofKernel({ isOff, port }: Asked): string {
  if (!isOff) {
    const { url, isNew } = openInspector(port);
    return debuggerText({ whose: 'this kernel', url, wasOpen: !isNew, closing: '%inspect off' });
  }
  const what = closeInspector() ? 'is closed: clients were disconnected' : 'was not open';
  return `The debugger of this kernel ${what}.`;
}
