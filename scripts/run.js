import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** A program that a package of ours brings. */
export function binary(name) {
  return join(root, 'node_modules', '.bin', name);
}

/** A failure that is told in one sentence, without a stack. */
export class ScriptError extends Error {}

const running = new Set();

/** Ends what {@link run} has started and is not done, and waits for its end. */
export async function endRunning() {
  const ends = [...running].map((child) => new Promise((resolve) => child.on('close', resolve)));
  for (const child of running) child.kill('SIGTERM');
  const force = setTimeout(() => running.forEach((child) => child.kill('SIGKILL')), 5000);
  await Promise.all(ends);
  clearTimeout(force);
}

/**
 * Runs `command`, by default with our own output, and resolves with its exit code and, where captured,
 * its output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ capture?: boolean, env?: Record<string, string>, input?: string, cwd?: string }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options = {}) {
  const { capture = false, env = {}, input, cwd = root } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [
        input === undefined ? 'ignore' : 'pipe',
        ...(capture ? ['pipe', 'pipe'] : ['inherit', 'inherit']),
      ],
    });
    running.add(child);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.stdin?.end(input);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code: signal === null ? (code ?? 1) : 1, output });
    });
  });
}

/** Runs a step that must succeed, or throws a {@link ScriptError} with what it printed. */
export async function must(what, command, args, options = {}) {
  const { code, output } = await run(command, args, { capture: true, ...options });
  if (code !== 0) throw new ScriptError(`${what} failed:\n${output.trim()}`);
  return output;
}

/** Runs `main`, tells a {@link ScriptError} in its own words, and sets the exit code. */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
