import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { type Compiler, createCompiler } from '../../../lib/compiler/compiler.js';
import {
  findSnapshot,
  makeSnapshot,
  snapshotFolders,
} from '../../../lib/compiler/snapshot-file.js';
import { Child } from '../../../lib/process/child.js';
import { noDeclarations } from '../../../lib/wire/cell.js';
import { startKernel } from '../../support/jupyter-client.js';

let folder: string;
/** Where snapshots are looked for, and nothing is at first. */
let snapshots: string;
let compilers: Compiler[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-snapshot-'));
  snapshots = join(folder, 'snapshots');
  compilers = [];
});

afterEach(async () => {
  await Promise.all(compilers.map((compiler) => compiler.close()));
  rmSync(folder, { recursive: true });
});

function open(
  options: { readonly folders?: readonly string[]; readonly keepsSnapshot?: boolean } = {},
): Compiler {
  const compiler = createCompiler({ cwd: folder, ...options });
  compilers.push(compiler);
  return compiler;
}

const compile = (compiler: Compiler, code: string): ReturnType<Compiler['compile']> =>
  compiler.compile({
    side: 'notebook',
    name: 'Cell [1]',
    code,
    base: noDeclarations,
    resolveFrom: folder,
  });

/** Processes of compilers that `parent` has started. */
async function compilersOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [status, command] = await Promise.all(
        ['status', 'cmdline'].map((name) =>
          readFile(join('/proc', pid, name), 'utf8').catch(() => ''),
        ),
      );
      const isOne = /^pxlab compiler|pxlab-compiler/.test(command ?? '');
      return isOne && new RegExp(`^PPid:\\s+${parent}$`, 'm').test(status ?? '')
        ? Number(pid)
        : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}

const heavyTypes = `
type Digits = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type Grow<T extends string, N extends 0[] = []> = N['length'] extends 40 ? T : Grow<\`\${T}\${N['length']}\`, [...N, 0]>;
type All<A extends string, B extends string> = A extends \`\${infer H}\${infer R}\` ? All<R, \`\${B}\${H}\`> : B;
const a: All<\`\${Digits}\${Digits}\${Digits}\${Digits}x\${Grow<'y'>}\`, Digits> = 'none' as never;`;

async function outputOf(
  program: string,
  options: { readonly uid?: number } = {},
): Promise<{ code: number | null; text: string }> {
  const args = ['--input-type=module', '--eval', program];
  const child = await Child.spawn({
    command: process.execPath,
    args,
    output: 'capture',
    ...options,
  });
  const [{ code }, text] = await Promise.all([child.exited, child.captured]);
  return { code, text };
}

/** Whether the compiler of a kernel that is killed during a cell is gone soon. */
async function leavesNone(code: string): Promise<boolean> {
  await using kernel = await startKernel();
  await kernel.client.execute('1 + 1');
  const running = kernel.client.execute(code);
  await running.started();
  const { pid: kernelPid = 0 } = kernel.process;
  const [pid] = await compilersOf(kernelPid);
  if (pid === undefined) throw new Error('there is no process');

  process.kill(kernelPid, 'SIGKILL');

  const isGone = async (): Promise<boolean> =>
    (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')) === '';
  return await until(isGone, { timeoutMs: 5000 });
}

/** The snapshot of the package's build, where a test may do to it what it likes. */
function copyOfSnapshot(): string {
  const own = findSnapshot();
  if (own === undefined) throw new Error('the build has made no snapshot');
  mkdirSync(snapshots, { mode: 0o700 });
  const copy = join(snapshots, basename(own));
  copyFileSync(own, copy);
  chmodSync(copy, 0o600);
  return copy;
}

describe('with a snapshot', () => {
  test('a process compiles what a thread does, to the same', async () => {
    const inProcess = open();
    const inThread = open({ folders: [snapshots] });
    const cells = [
      'const n = [1, 2].map((x) => x * 2); n',
      "import { sep } from 'node:path'; await Promise.resolve(sep)",
      'using handle = { [Symbol.dispose]() {} }; class A<T> { #x?: T }',
      'const wrong: number = "text";',
      "import x from 'not-there'",
      'const (',
    ];

    for (const code of cells) {
      expect(await compile(inProcess, code)).toEqual(await compile(inThread, code));
    }

    expect(await compilersOf(process.pid)).toHaveLength(1);
  });

  test('a process that is killed fails what waits for it in a sentence; the next request starts another', async () => {
    const compiler = open();
    await compile(compiler, '1');
    const [pid] = await compilersOf(process.pid);
    if (pid === undefined) throw new Error('there is no process');
    process.kill(pid, 'SIGSTOP');
    const waiting = [compile(compiler, '2'), compiler.isComplete('3')];

    process.kill(pid, 'SIGKILL');

    expect(await Promise.allSettled(waiting)).toMatchObject([
      { reason: { code: 'COMPILE', message: 'The compiler stopped: SIGKILL.' } },
      { reason: { code: 'COMPILE', message: 'The compiler stopped: SIGKILL.' } },
    ]);
    expect(await compile(compiler, '4')).toMatchObject({ ok: true });
    expect(await compilersOf(process.pid)).not.toContain(pid);
  });

  test('a kernel that is killed while its compiler is idle leaves no process of it', async () => {
    expect(await leavesNone('1 + 1')).toBe(true);
  });

  // Without util-linux, a compiler ends after the cell that it compiles.
  test.skipIf(!existsSync('/usr/bin/setpriv'))(
    'a kernel that is killed while its compiler compiles leaves no process of it',
    async () => {
      // A type that takes its compiler minutes.
      expect(await leavesNone(heavyTypes)).toBe(true);
    },
  );

  test('a process that somebody else ends before its first answer costs no snapshot, and a thread compiles', async () => {
    const copy = copyOfSnapshot();
    const compiler = open({ folders: [snapshots] });
    const compiled = compile(compiler, '1 + 1');
    await until(async () => (await compilersOf(process.pid)).length === 1, { timeoutMs: 5000 });
    const [pid = 0] = await compilersOf(process.pid);

    process.kill(pid, 'SIGTERM');

    expect(await compiled).toMatchObject({ ok: true });
    expect(existsSync(copy)).toBe(true);
  });

  test('a program that closes its compiler goes on, and ends', async () => {
    const module = fileURLToPath(new URL('../../../lib/compiler/compiler.js', import.meta.url));
    const program = `
      const { createCompiler } = await import('${module}');
      const compiler = createCompiler({ cwd: '/' });
      await compiler.isComplete('1');
      await compiler.close();
      console.log('closed');`;

    expect(await outputOf(program)).toEqual({ code: 0, text: 'closed\n' });
  });

  test.each([
    ['that was cut short', (path: string) => truncateSync(path, 1_000_000)],
    ['that is empty', (path: string) => truncateSync(path, 0)],
  ])('a file %s is removed, and a thread compiles', async (_, damage) => {
    const copy = copyOfSnapshot();
    damage(copy);
    const compiler = open({ folders: [snapshots] });

    expect(await compile(compiler, '1 + 1')).toMatchObject({ ok: true });

    expect(await compilersOf(process.pid)).toEqual([]);
    expect(await until(() => readdirSync(snapshots).length === 0, { timeoutMs: 5000 })).toBe(true);
  });

  test('a file that others can write to, or exchange, is no snapshot', () => {
    const copy = copyOfSnapshot();
    expect(findSnapshot([snapshots])).toBe(copy);

    chmodSync(copy, 0o620);
    expect(findSnapshot([snapshots])).toBeUndefined();

    chmodSync(copy, 0o600);
    chmodSync(snapshots, 0o777);
    expect(findSnapshot([snapshots])).toBeUndefined();
  });

  test.skipIf(process.getuid?.() !== 0)('what this user may not read is no snapshot', async () => {
    const copy = copyOfSnapshot();
    const module = fileURLToPath(
      new URL('../../../lib/compiler/snapshot-file.js', import.meta.url),
    );
    const program = `
      const { findSnapshot } = await import('${module}');
      console.log(String(findSnapshot(['${snapshots}'])));`;
    chmodSync(folder, 0o755);
    const found = async (): Promise<string> => (await outputOf(program, { uid: 65534 })).text;

    expect(await found()).toBe('undefined\n'); // the folder is closed
    chmodSync(snapshots, 0o755);
    expect(await found()).toBe('undefined\n'); // the file is
    chmodSync(copy, 0o644);
    expect(await found()).toBe(`${copy}\n`); // of root, who installed the package
  });
});

describe('without a snapshot', () => {
  test('a thread compiles, and makes one for the next start when it rests', async () => {
    const first = open({ folders: [snapshots], keepsSnapshot: true });
    expect(await compile(first, '1 + 1')).toMatchObject({ ok: true });
    expect(await compilersOf(process.pid)).toEqual([]);

    expect(await until(() => findSnapshot([snapshots]) !== undefined, { timeoutMs: 60_000 })).toBe(
      true,
    );

    expect(await compile(open({ folders: [snapshots] }), '1 + 1')).toMatchObject({ ok: true });
    expect(await compilersOf(process.pid)).toHaveLength(1);
    expect(statSync(join(snapshots, readdirSync(snapshots)[0] ?? '')).mode & 0o022).toBe(0);
  });

  test('a making that is given up leaves nothing, nor does one whose maker was killed', async () => {
    mkdirSync(snapshots, { mode: 0o700 });
    writeFileSync(join(snapshots, '999999999-1.unfinished'), 'of one that was killed');
    const closing = new AbortController();
    const making = makeSnapshot([snapshots], closing.signal);
    await until(() => readdirSync(snapshots).some((name) => name.startsWith(`${process.pid}-`)), {
      timeoutMs: 5000,
    });

    closing.abort(new Error('closed'));

    await expect(making).rejects.toThrow('closed');
    expect(readdirSync(snapshots)).toEqual([]);
  });

  test('a folder that cannot be written to is told in a sentence, and nothing is left', async () => {
    const file = join(folder, 'file');
    copyFileSync('package.json', file);

    await expect(makeSnapshot([join(file, 'snapshots')])).rejects.toThrow(
      /^Could not prepare the compiler in .*ENOTDIR.* Kernels work without it, and start a second later\.$/,
    );

    expect(readdirSync(folder)).toEqual(['file']);
  });

  test("the user's cache is where the system's conventions say", () => {
    expect(snapshotFolders({ XDG_CACHE_HOME: '/of/mine' }).at(-1)).toBe('/of/mine/pxlab/compiler');
    expect(snapshotFolders({ XDG_CACHE_HOME: 'relative' }).at(-1)).toMatch(
      /\/\.cache\/pxlab\/compiler$/,
    );
  });

  test('a user without a home has no cache', () => {
    vi.stubEnv('HOME', '');
    onTestFinished(() => void vi.unstubAllEnvs());

    expect(snapshotFolders({})).toHaveLength(1);
  });
});
