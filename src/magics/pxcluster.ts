import { fileURLToPath } from 'node:url';
import { systemClock } from '../base/clock.js';
import { Child } from '../process/child.js';
import type { ShownError } from './engine-failures.js';
import type { MagicContext } from './magic-context.js';

const commandFile = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** Runs `pxcluster` with `words` as its arguments, shows what it prints, and ends it with Stop. */
export async function runPxcluster(
  words: readonly string[],
  { output, signal }: Pick<MagicContext, 'output' | 'signal'>,
): Promise<ShownError | undefined> {
  const args = [...words, ...(waitsForCtrlC(words) ? ['--detach'] : [])];
  if (args.length > words.length) output.stream('stdout', detachNote);
  const child = await Child.spawn({
    command: process.execPath,
    args: [commandFile, ...args],
    output: { onText: (name, text) => output.stream(name, text) },
  });
  const stop = (): void => void end(child); // it never rejects
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const { code } = await child.exited;
  // What it started may hold its output open, and go on.
  await Promise.race([child.captured, sleep(lastWordsMs)]);
  signal.removeEventListener('abort', stop);
  const command = ['pxcluster', ...words.slice(0, 1)].join(' ');
  if (signal.aborted) return said('Interrupted', `\`${command}\` was stopped.`);
  if (code === 0) return undefined;
  return said('PxclusterError', `\`${command}\` ended with exit code ${code ?? 'none'}.`);
}

/** A cell must not wait for a Ctrl-C that nobody can press. */
function waitsForCtrlC([command, ...options]: readonly string[]): boolean {
  const ending = ['--detach', '--daemonize', '--help', '-h'];
  return command === 'start' && !options.some((option) => ending.includes(option));
}

const detachNote = '--detach was added: the cluster goes on by itself, until `%pxcluster stop`.\n';

/** As Ctrl-C in a terminal, and harder when that is not heard. */
async function end(child: Child): Promise<void> {
  child.signalGroup('SIGINT');
  const isOver = await Promise.race([child.exited.then(() => true), sleep(ctrlCMs)]);
  if (!isOver) await child.end({ graceMs: ctrlCMs });
}

async function sleep(durationMs: number): Promise<false> {
  await systemClock.sleep(durationMs);
  return false;
}

const ctrlCMs = 3000;
const lastWordsMs = 1000;

function said(ename: string, evalue: string): ShownError {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
}
