import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Child } from '../../lib/process/child.js';
import { pythonPath } from '../support/python.js';
import { openSandbox } from '../support/sandbox.js';

/** Notebooks of ours in the front ends that people run them with, each as its user starts it. */

const sandbox = await openSandbox(afterAll);
const { folder } = sandbox;
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Runs Python in the notebooks' folder. */
function python(...args: readonly string[]): Promise<{ code: number | null; text: string }> {
  return run(pythonPath(), args);
}

async function run(
  command: string,
  args: readonly string[],
): Promise<{ code: number | null; text: string }> {
  const env = { ...process.env, ...sandbox.env };
  const child = await Child.spawn({ command, args, env, cwd: folder, output: 'capture' });
  const { code } = await child.exited;
  return { code, text: await child.captured };
}

interface Cell {
  readonly source: string;
  readonly tags?: readonly string[];
}

async function writeNotebook(name: string, cells: readonly (string | Cell)[]): Promise<void> {
  const written = cells.map((cell) => {
    const { source, tags = [] } = typeof cell === 'string' ? { source: cell } : cell;
    const metadata = { tags };
    return source.startsWith('# ')
      ? { cell_type: 'markdown', metadata, source }
      : { cell_type: 'code', metadata, source, outputs: [], execution_count: null };
  });
  const kernelspec = { name: 'pxlab', display_name: 'TypeScript (pxlab)', language: 'typescript' };
  const language = { name: 'typescript', file_extension: '.ts' };
  const notebook = { cells: written, metadata: { kernelspec, ['language_info']: language } };
  const format = { nbformat: 4, nbformat_minor: 4 };
  await writeFile(join(folder, name), JSON.stringify({ ...notebook, ...format }));
}

/** What each code cell shows, an output a text. */
async function outputsOf(name: string): Promise<string[][]> {
  const { cells } = JSON.parse(await readFile(join(folder, name), 'utf8')) as {
    cells: { outputs?: Record<string, unknown>[] }[];
  };
  return cells.flatMap(({ outputs }) => (outputs === undefined ? [] : [outputs.map(textOf)]));
}

function textOf(output: Record<string, unknown>): string {
  const { output_type: type, ename, evalue, text } = output;
  if (type === 'error') return `${String(ename)}: ${String(evalue)}`;
  if (type === 'stream') return joined(text);
  const data = output['data'] as Record<string, unknown>;
  const types = Object.keys(data).filter((each) => each !== 'text/plain');
  return [...types, joined(data['text/plain'])].join('|');
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join('') : String(text);
}

test('nbclient runs errors, rich outputs, engines, and refuses questions', async () => {
  await writeNotebook('tour.ipynb', [
    '# A tour',
    'const answer: number = 6;\nanswer * 7',
    'throw new RangeError("far")',
    'const text: string = 5;',
    'console.log("printed");\ndisplay.markdown("*md*");\n[{ x: 1, y: 2 }]',
    'await input("name? ")',
    '%%px\nconst rank = px.rank;\nrank * 10',
    'await px.pull("rank")',
  ]);

  const args = ['execute', '--allow-errors', '--output', join(folder, 'toured.ipynb')];
  const { code } = await python('-m', 'jupyter', ...args, 'tour.ipynb');

  expect(code).toBe(0);
  const shown = await outputsOf('toured.ipynb');
  expect(shown).toEqual([
    ['42'],
    ['RangeError: far'],
    ["TypeScriptError: Cell [3]:1:7 - Type 'number' is not assignable to type 'string'."],
    ['printed\n', 'text/markdown|*md*', 'text/html|[ { x: 1, y: 2 } ]'],
    [expect.stringMatching(/^ParallelError: Nobody can be asked: this front end takes no input/)],
    [
      expect.stringMatching(/^Started a cluster of this notebook/),
      expect.stringMatching(/^text\/html\|Out\[0:1\]: 0\b/),
    ],
    [expect.stringMatching(/^\[ 0\b/)],
  ]);
  await sandbox.expectNothingLeft();
});

test('nbconvert makes HTML and markdown of what ran', async () => {
  const program =
    'import sys, nbconvert\n' +
    'for to in sys.argv[2:]: print(nbconvert.get_exporter(to)().from_filename(sys.argv[1])[0])';

  const { code, text } = await python('-c', program, 'toured.ipynb', 'markdown', 'html');

  expect(code).toBe(0);
  const [markdown = '', html = ''] = text.split('<!DOCTYPE html>');
  expect(markdown).toContain('```typescript\nconst answer: number = 6;\nanswer * 7\n```');
  expect(markdown).toContain('    > 1 | throw new RangeError("far")');
  expect(markdown).toContain('<table><thead><tr><th>x</th><th>y</th></tr></thead>');
  expect(html).toContain('<span class="nx">answer</span>'); // highlighted as TypeScript
  expect(html).toContain('Out[0:1]:');
});

test('nbconvert makes a script that tsc accepts and Node runs', async () => {
  await writeNotebook('script.ipynb', [
    '# Exported\nwith *text*',
    'import { basename } from "node:path";\nlet x = 1;\ninterface Point { a: number }\nfunction show(value: unknown) { console.log(value); }',
    'import { basename } from "node:path";\nconst x = "again";\ninterface Point { b: string }\nconst point: Point = { b: x };\nshow({ x, point })',
    '!echo from the shell\nconst later = await Promise.resolve(basename("/a/b"));\n%typecheck loose\nshow(later)',
    '[1, 2].map((x) => x * 2).forEach((n) => show(n))',
    '%%px\nconst seed = px.rank;',
    'class Point { constructor(readonly x = "class") {} }\nconst made: Point = new Point();\nshow(made.x)',
    { source: 'throw new Error("meant to fail")', tags: ['raises-exception'] },
    'display.html("<b>bold</b>");',
    'show?',
    'const = "half a cell',
  ]);
  await symlink(modules, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');

  const args = ['nbconvert', '--to', 'script', 'script.ipynb'];
  const exported = await python('-m', 'jupyter', ...args);
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
  const tsc = join(modules, 'typescript', 'bin', 'tsc');
  const compiled = await run(process.execPath, [tsc, ...options, '--types', 'node', 'script.ts']);
  const ran = await run(process.execPath, ['script.js']);

  expect([exported.code, compiled.text, ran.code]).toEqual([0, '', 0]);
  expect(await readFile(join(folder, 'script.ts'), 'utf8')).toContain('// %%px\n// const seed');
  expect(ran.text).toBe(
    "{ x: 'again', point: { b: 'again' } }\nfrom the shell\nb\n2\n4\nclass\n<b>bold</b>\n",
  );
});

test('papermill writes its parameters in TypeScript, with the types that the notebook declares', async () => {
  await writeNotebook('parameters.ipynb', [
    {
      source: "const n = 1; // how many\nconst mode: 'fast' | 'slow' = 'fast';",
      tags: ['parameters'],
    },
    "const run = (how: 'fast' | 'slow', times: number) => `${how} ${times}`;\nrun(mode, n)",
    '[more.text, more.list, more.none, more.yes]',
  ]);
  const more = { text: 'a "b"\n☃', list: [1, 2.5], none: null, yes: true };
  await writeFile(join(folder, 'values.yaml'), JSON.stringify({ mode: 'slow', more }));

  const asked = await python('-m', 'papermill', '--help-notebook', 'parameters.ipynb');
  const args = ['--no-progress-bar', '-p', 'n', '3', '-f', 'values.yaml'];
  const ran = await python('-m', 'papermill', ...args, 'parameters.ipynb', 'ran.ipynb');

  expect(asked.text).toMatch(/n: Unknown type \(default 1\)\s+how many/);
  expect(asked.text).toContain("mode: 'fast' | 'slow' (default 'fast')");
  expect([ran.code, ran.code === 0 ? '' : ran.text]).toEqual([0, '']);
  expect(await readFile(join(folder, 'ran.ipynb'), 'utf8')).toContain(
    String.raw`"let mode: 'fast' | 'slow' = \"slow\";\n"`,
  );
  expect((await outputsOf('ran.ipynb')).slice(2)).toEqual([
    ["'slow 3'"],
    ['[ \'a "b"\\n☃\', [ 1, 2.5 ], null, true ]'],
  ]);
});

test('jupyter console: results, errors, lines that go on, Ctrl-C, questions and exit', async () => {
  const session = fileURLToPath(new URL('./console_session.py', import.meta.url));

  const { code, text } = await python(session);

  expect(text.split('\n')).toEqual([
    ...['42', 'RangeError: far', '1042', 'in a loop', 'Interrupted: Cell', "'ADA'"],
    ...['ended with 0', ''],
  ]);
  expect(code).toBe(0);
  await sandbox.expectNothingLeft();
});

test('jupyter run runs a file, and fails with one that throws', async () => {
  await writeFile(join(folder, 'good.ts'), 'console.log("ran", await Promise.resolve(6 * 7));');
  await writeFile(join(folder, 'bad.ts'), 'throw new Error("bad file");');

  const good = await python('-m', 'jupyter', 'run', '--kernel', 'pxlab', 'good.ts');
  const bad = await python('-m', 'jupyter', 'run', '--kernel', 'pxlab', 'bad.ts');

  expect(good).toEqual({ code: 0, text: 'ran 42\n' });
  expect(bad.code).toBe(1);
  expect(bad.text).toContain('Error: bad file\nCell [1]:1:7');
});
