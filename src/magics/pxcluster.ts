import { fileURLToPath } from 'node:url';
import type { ShownError } from './engine-failures.js';
import type { MagicContext } from './magic-context.js';
import { runProgram } from './run-program.js';

const commandFile = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** Runs `pxcluster` with `words` as its arguments, shows what it prints, and ends it with Stop. */
export function runPxcluster(
  words: readonly string[],
  context: Pick<MagicContext, 'output' | 'signal'>,
): Promise<ShownError | undefined> {
  const args = [...words, ...(waitsForCtrlC(words) ? ['--detach'] : [])];
  if (args.length > words.length) context.output.stream('stdout', detachNote);
  const title = ['pxcluster', ...words.slice(0, 1)].join(' ');
  const program = { command: process.execPath, args: [commandFile, ...args] };
  return runProgram({ ...program, title, ename: 'PxclusterError' }, context);
}

/** A cell must not wait for a Ctrl-C that nobody can press. */
function waitsForCtrlC([command, ...options]: readonly string[]): boolean {
  const ending = ['--detach', '--daemonize', '--help', '-h'];
  return command === 'start' && !options.some((option) => ending.includes(option));
}

const detachNote = '--detach was added: the cluster goes on by itself, until `%pxcluster stop`.\n';
