import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ParallelError } from '../base/errors.js';
import type { ShownError } from './engine-failures.js';
import type { MagicContext } from './magic-context.js';
import { runProgram } from './run-program.js';

/**
 * Runs npm in the notebook's folder. A package that is installed can be imported by the next cell.
 *
 * npm looks for the package.json of a project in the folders above; a notebook that lies somewhere in another
 * project must not change that one, so it gets a package.json of its own when it has none.
 */
export function runNpm(
  words: readonly string[],
  folder: string,
  context: Pick<MagicContext, 'output' | 'signal'>,
): Promise<ShownError | undefined> {
  const [verb = ''] = words;
  if (installing.has(verb)) makePackage(folder, context);
  const quiet = installing.has(verb) ? ['--no-fund', '--no-audit'] : [];
  const title = ['npm', ...words].join(' ');
  const program = { ...npm(), cwd: folder };
  return runProgram(
    { ...program, args: [...program.args, ...words, ...quiet], title, ename: 'NpmError' },
    context,
  );
}

/** npm's names of what changes the packages of a folder. */
const installing: ReadonlySet<string> = new Set([
  'install',
  'i',
  'add',
  'in',
  'ins',
  'uninstall',
  'update',
]);

function makePackage(folder: string, { output }: Pick<MagicContext, 'output'>): void {
  const path = join(folder, 'package.json');
  if (existsSync(path)) return;
  writeFileSync(path, `${JSON.stringify({ private: true, type: 'module' }, undefined, 2)}\n`);
  output.stream('stdout', `A package.json was made in ${folder}.\n`);
}

/** The npm of this Node, else the one on the path. */
function npm(): { command: string; args: readonly string[] } {
  const beside = join(dirname(process.execPath), 'npm');
  return { command: existsSync(beside) ? beside : 'npm', args: [] };
}

/** Runs a line in the user's shell, in the notebook's folder. */
export function runShell(
  line: string,
  folder: string,
  context: Pick<MagicContext, 'output' | 'signal'>,
): Promise<ShownError | undefined> {
  const command = line.trim();
  if (command === '') {
    throw new ParallelError('BAD_ARGUMENT', 'A command is missing: `!ls`, or `%sh ls`.');
  }
  const hint = (code: number | null): string | undefined =>
    code === notFound && /^[\w$.]+$/.test(command)
      ? `A line that begins with ! is a command; for the TypeScript write (!${command}).`
      : undefined;
  const program = { command: '/bin/sh', args: ['-c', command], cwd: folder };
  return runProgram({ ...program, title: command, ename: 'CommandError', hint }, context);
}

/** What a shell ends with when there is no such command. */
const notFound = 127;
