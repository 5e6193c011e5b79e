import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from '../../../lib/process/child.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** A user's project, in which `npm i pxlab` was run with the packed package. */
const project = await mkdtemp(join(tmpdir(), 'pxlab-project-'));
let packed: readonly string[] = [];

beforeAll(async () => {
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  const [report] = JSON.parse(npm(root, pack)) as [{ filename: string; files: { path: string }[] }];
  packed = report.files.map(({ path }) => path);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  npm(project, ['install', '--prefer-offline', '--no-audit', '--no-fund', report.filename]);
}, 120_000);

afterAll(() => rm(project, { recursive: true, force: true }));

function npm(cwd: string, args: readonly string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Runs a program in the project to its end. */
async function runThere(
  sandbox: Sandbox,
  command: string,
  ...args: readonly string[]
): Promise<{ code: number | null; text: string }> {
  const env = { ...process.env, ...sandbox.env };
  const child = await Child.spawn({ command, args, cwd: project, env, output: 'capture' });
  const { code } = await child.exited;
  return { code, text: await child.captured };
}

test('the package holds what users need and nothing else', () => {
  const tops = new Set(packed.map((path) => path.split('/')[0]));

  const expected = ['CHANGELOG.md', 'LICENSE', 'README.md', 'examples', 'labextension', 'lib'];
  expect([...tops].sort()).toEqual([...expected, 'package.json', 'python']);
  expect(packed).toEqual(
    expect.arrayContaining([
      'examples/quickstart.ipynb',
      'labextension/install.json',
      'labextension/package.json',
      'lib/index.d.ts',
    ]),
  );
  expect(packed.filter((path) => /\.map$|\.tsbuildinfo$|\.stamp$|checkpoint/.test(path))).toEqual(
    [],
  );
});

test('no package of JupyterLab and no build tool comes along', async () => {
  const names = await readdir(join(project, 'node_modules'));

  expect(names).toContain('zeromq');
  expect(
    names.filter((name) => /^@jupyter|^@lumino|^react|webpack|rspack|vite/.test(name)),
  ).toEqual([]);
});

test('npx pxcluster starts, shows and stops a cluster there', async () => {
  const sandbox = await openSandbox();

  const started = await runThere(sandbox, 'npx', 'pxcluster', 'start', '-n', '2', '--detach');
  const status = await runThere(sandbox, 'npx', 'pxcluster', 'status', '--json');
  const stopped = await runThere(sandbox, 'npx', 'pxcluster', 'stop');

  expect(started.text).toContain('Started 2 engines');
  expect((JSON.parse(jsonIn(status.text)) as { engines: unknown[] }).engines).toHaveLength(2);
  expect([started.code, status.code, stopped.code]).toEqual([0, 0, 0]);
  await sandbox.expectNothingLeft();
});

/** npm may warn of the machine's own settings before the command speaks. */
function jsonIn(text: string): string {
  return text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
}

test('npx pxcluster install gives a Jupyter the kernel and the panel of that package, and prepares its compiler', async () => {
  const sandbox = await openSandbox();
  const prefix = join(sandbox.folder, 'prefix');
  await mkdir(prefix);

  const { code } = await runThere(sandbox, 'npx', 'pxcluster', 'install', '--prefix', prefix);

  const data = join(prefix, 'share', 'jupyter');
  const text = await readFile(join(data, 'kernels', 'pxlab', 'kernel.json'), 'utf8');
  const { argv } = JSON.parse(text) as { argv: string[] };
  expect(code).toBe(0);
  expect(argv.at(-2)).toBe(join(project, 'node_modules', 'pxlab', 'lib', 'kernel', 'main.js'));
  expect(await readdir(join(data, 'labextensions', 'pxlab'))).toContain('install.json');
  const cache = join(sandbox.folder, 'home', '.cache');
  expect(await readdir(join(cache, 'pxlab', 'compiler'))).toEqual([
    expect.stringMatching(/^[0-9a-f]{16}\.blob$/),
  ]);

  await runThere(sandbox, 'npx', 'pxcluster', 'install', '--prefix', prefix, '--remove');

  expect(await readdir(cache)).toEqual([]);
});

test("a user's program compiles against the types of the package, and runs", async () => {
  const sandbox = await openSandbox();
  const program = [
    "import { Cluster, type Client } from 'pxlab';",
    'const start: (options: { n: number }) => Promise<{ connect(): Promise<Client> }> = Cluster.start;',
    'process.stdout.write(typeof start);',
  ];
  await writeFile(join(project, 'program.ts'), program.join('\n'));
  await writeFile(join(project, 'wrong.ts'), `${program[0]}\nCluster.start({ n: 'four' });`);
  const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];

  // One run for both, since the libraries are checked too: it tells of the wrong one and emits the other.
  const files = ['program.ts', 'wrong.ts'];
  const compiled = await runThere(sandbox, process.execPath, tsc, ...flags, ...files);
  const ran = await runThere(sandbox, process.execPath, 'program.js');

  const errors = compiled.text.split('\n').filter((line) => line.includes('error'));
  expect(errors).toEqual([expect.stringMatching(/^wrong\.ts.*Type 'string' is not assignable/)]);
  expect(ran.text).toBe('function');
});
