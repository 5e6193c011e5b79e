import { systemClock } from '../base/clock.js';
import { Child } from '../process/child.js';
import type { ShownError } from './engine-failures.js';
import type { MagicContext } from './magic-context.js';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** @defaultValue this process's folder */
  readonly cwd?: string;
  /** How messages name it: `npm install`. */
  readonly title: string;
  /** Name of the error that an exit code other than 0 is. */
  readonly ename: string;
  /** What to say of an exit code, beside its number. */
  readonly hint?: (exitCode: number | null) => string | undefined;
}

/** Runs a program, shows what it prints as it comes, and ends it with Stop. An exit code other than 0 is an error. */
export async function runProgram(
  program: Program,
  { output, signal }: Pick<MagicContext, 'output' | 'signal'>,
): Promise<ShownError | undefined> {
  const { command, args, cwd, title } = program;
  const child = await Child.spawn({
    ...{ command, args, cwd },
    output: { onText: (name, text) => output.stream(name, text) },
  });
  let ending: Promise<void> | undefined;
  const stop = (): void => {
    ending = end(child);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const { code } = await child.exited;
  // What it started may hold its output open, and go on.
  await Promise.race([child.captured, systemClock.sleep(lastWordsMs)]);
  signal.removeEventListener('abort', stop);
  await ending;
  if (signal.aborted) return said('Interrupted', `\`${title}\` was stopped.`);
  if (code === 0) return undefined;
  const hint = program.hint?.(code);
  return said(
    program.ename,
    `\`${title}\` ended with exit code ${code ?? 'none'}.${hint === undefined ? '' : ` ${hint}`}`,
  );
}

/** As Ctrl-C in a terminal, and harder for what does not hear that, as what a shell runs in the background. */
async function end(child: Child): Promise<void> {
  child.signalGroup('SIGINT');
  await Promise.race([child.exited, systemClock.sleep(ctrlCMs)]);
  await child.end({ graceMs: ctrlCMs });
}

const ctrlCMs = 3000;
const lastWordsMs = 1000;

function said(ename: string, evalue: string): ShownError {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
}
