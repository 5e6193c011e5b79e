import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../lib/base/clock.js';
import { Child } from '../../lib/process/child.js';
import type { Exit } from '../../lib/process/process-group.js';
import type { Sandbox } from './sandbox.js';

let count = 0;

const cli = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** A finished process. */
export interface Finished extends Exit {
  /** stdout and stderr, one after the other. */
  readonly text: string;
}

/** Runs `pxcluster ARGS` in the sandbox to its end. */
export async function pxcluster(sandbox: Sandbox, ...args: readonly string[]): Promise<Finished> {
  const child = await Child.spawn({
    command: process.execPath,
    args: [cli, ...args],
    env: { ...process.env, ...sandbox.env },
    output: 'capture',
  });
  const exit = await child.exited;
  return { ...exit, text: await child.captured };
}

/** What a command said, and where. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pxcluster ARGS` in the sandbox to its end, as another program would: with pipes. */
export async function runCli(sandbox: Sandbox, ...args: readonly string[]): Promise<Said> {
  return sh(sandbox, `"$NODE" "$CLI" ${args.map((arg) => `'${arg}'`).join(' ')}`);
}

/** Runs a line of bash in the sandbox; `px` is pxcluster. */
export async function sh(sandbox: Sandbox, line: string): Promise<Said> {
  const errors = join(sandbox.folder, `err-${count++}.log`);
  const child = await Child.spawn({
    command: 'bash',
    args: ['-c', `px() { "$NODE" "$CLI" "$@"; }; exec 2>'${errors}'; ${line}`],
    env: { ...process.env, ...sandbox.env, NODE: process.execPath, CLI: cli },
    output: 'capture',
  });
  const [{ code }, stdout] = await Promise.all([child.exited, child.captured]);
  return { code, stdout, stderr: await readFile(errors, 'utf8') };
}

/** A process that goes on, with what it has written so far. */
export interface Running {
  readonly child: Child;
  text(): Promise<string>;
  /** Resolves with all that was written when `pattern` is in it. */
  says(pattern: RegExp): Promise<string>;
}

/** Starts a program in the sandbox. */
export async function start(
  sandbox: Sandbox,
  program: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Running> {
  const file = join(sandbox.folder, `out-${count++}.log`);
  const child = await Child.spawn({
    command: program.command,
    args: program.args,
    env: { ...process.env, ...sandbox.env, ...program.env },
    output: { file },
  });
  const text = (): Promise<string> => readFile(file, 'utf8');
  return {
    child,
    text,
    says: async (pattern) => {
      const said = await until(async () => pattern.test(await text()), { timeoutMs: 20_000 });
      if (!said) throw new Error(`It did not say ${pattern}, but: ${await text()}`);
      return text();
    },
  };
}

/** Starts `pxcluster ARGS`, which does not end by itself. */
export function startPxcluster(sandbox: Sandbox, ...args: readonly string[]): Promise<Running> {
  return start(sandbox, { command: process.execPath, args: [cli, ...args] });
}

/** Runs `script`, an ES module that can import 'pxlab'. */
export function startScript(sandbox: Sandbox, script: string): Promise<Running> {
  const args = ['--input-type=module', '--eval', script];
  return start(sandbox, { command: process.execPath, args });
}
