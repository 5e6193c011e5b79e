// In one file, though long: one kernel and two engines serve a test for each flag of each magic.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { page } from '../../support/cell-page.js';
import { type Pending, type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.client.execute('await px.start({ n: 2 });');
  // On a busy machine any cell may take its time: a bar comes where a test asks for one.
  await kernel.client.execute('%pxconfig --progress-after -1');
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

type Answer = Awaited<Pending>;

const run = (cell: string): Pending => kernel.client.execute(cell);

/** The texts of displays with progress bars. */
const bars = (answer: Answer): string[] => page(answer).filter((each) => /[█░]/.test(each));

const sorted = (text: string): string[] => text.trimEnd().split('\n').sort();

/** Something to see of every kind, in an order that no grouping has. */
const everything = [
  'display("d" + px.rank + "a");',
  'console.error("e" + px.rank);',
  'console.log("o" + px.rank);',
  'display("d" + px.rank + "b");',
  'px.rank',
].join('\n');

test.each([
  ['%%px -t 1\npx.id', 'Out[1:'],
  ['%%px --targets 0\npx.id', 'Out[0:'],
  ['%px -t 1 px.id', 'Out[1:'],
  ['%px --targets [0] px.id', 'Out[0:'],
  ['%px --targets 1: px.id', 'Out[1:'],
])('%j runs on these engines alone', async (cell, label) => {
  const answer = await run(cell);

  expect(page(answer)).toEqual([expect.stringMatching(/^display_data: Out\[\d:\d+\]: \d$/)]);
  expect(page(answer)[0]).toContain(label);
});

test.each(['%%px -b', '%%px --block', '%%px --noblock --block'])(
  '%j waits for the engines',
  async (line) => {
    const answer = await run(`${line}\nawait new Promise((f) => setTimeout(f, 20));\n"waited"`);

    expect(page(answer)).toEqual([
      expect.stringMatching(/^display_data: Out\[0,1:[\d,]+\]: 'waited'$/),
    ]);
  },
);

test.each(['%%px -a', '%%px --noblock', '%%px --no-block', '%%px --noblock --stream'])(
  '%j does not wait, and its value is the result',
  async (line) => {
    const answer = await run(`${line}\nfor (;;) await 0;`);

    expect(page(answer)[0]).toContain('AsyncResult: 0 of 2 tasks done');
    expect((await run('(await px.last()!.cancel()).length')).result).toBe('2');
  },
);

test.each(['%%px --stream', '%%px --no-stream --stream'])(
  '%j shows what is printed while the engines run',
  async (line) => {
    const pending = run(`${line}\nconsole.log("now " + px.rank);\nfor (;;) await 0;`);
    await pending.printed('[stdout:0] now 0');
    await pending.printed('[stdout:1] now 1');

    await kernel.client.interrupt();

    expect((await pending).error?.ename).toBe('Interrupted');
  },
);

test('--no-stream shows outputs at the end: by type, then engine', async () => {
  const answer = await run(`%%px --no-stream\n${everything}`);

  expect(page(answer)).toEqual([
    'stdout: [stdout:0] o0\n[stdout:1] o1\n',
    'stderr: [stderr:0] e0\n[stderr:1] e1\n',
    "display_data: [output:0] 'd0a'",
    "display_data: [output:0] 'd0b'",
    "display_data: [output:1] 'd1a'",
    "display_data: [output:1] 'd1b'",
    expect.stringMatching(/^display_data: Out\[0:\d+\]: 0\nOut\[1:\d+\]: 1$/),
  ]);
});

test.each(['%%px -e', '%%px --group-outputs engine', '%%px --group-outputs=engine --no-stream'])(
  '%j shows all of one engine before the next',
  async (line) => {
    const answer = await run(`${line}\n${everything}`);

    const of = (id: number): unknown[] => [
      `stdout: [stdout:${id}] o${id}\n`,
      `stderr: [stderr:${id}] e${id}\n`,
      `display_data: [output:${id}] 'd${id}a'`,
      `display_data: [output:${id}] 'd${id}b'`,
      expect.stringMatching(new RegExp(`^display_data: Out\\[${id}:\\d+\\]: ${id}$`)),
    ];
    expect(page(answer)).toEqual([...of(0), ...of(1)]);
  },
);

test.each(['%%px -r', '%%px --group-outputs order'])(
  '%j shows the first display of each engine before the second ones',
  async (line) => {
    const displays = page(await run(`${line}\n${everything}`)).filter((each) =>
      each.includes('[output:'),
    );

    expect(displays).toEqual([
      "display_data: [output:0] 'd0a'",
      "display_data: [output:1] 'd1a'",
      "display_data: [output:0] 'd0b'",
      "display_data: [output:1] 'd1b'",
    ]);
  },
);

test('--group-outputs type is the order of --no-stream', async () => {
  const answer = await run(`%%px --group-outputs type\n${everything}`);

  expect(page(answer).slice(0, 3)).toEqual([
    'stdout: [stdout:0] o0\n[stdout:1] o1\n',
    'stderr: [stderr:0] e0\n[stderr:1] e1\n',
    "display_data: [output:0] 'd0a'",
  ]);
});

test('--group-outputs names what it takes', async () => {
  const { error } = await run('%%px --group-outputs typ\n1');

  expect(error?.evalue).toBe(
    "--group-outputs needs type, engine or order, got 'typ'. Did you mean type?",
  );
});

test.each(['-o kept', '--out kept2', '--out=kept3'])(
  'a cell with %s keeps the result in a variable, with its type',
  async (flag) => {
    const name = flag.replace(/^.*[ =]/, '');
    await run(`%%px ${flag}\npx.rank * 10`);

    const { result } = await run(`const values: unknown[] = await ${name};\nvalues`);

    expect(result).toBe('[ 0, 10 ]');
  },
);

test('--local runs the cell in the notebook too, and shows its value before the engines', async () => {
  const answer = await run('%%px --local\nconst both = 6 * 7;\nboth');

  expect(page(answer)).toEqual([
    'execute_result: 42',
    expect.stringMatching(/^display_data: Out\[0,1:[\d,]+\]: 42$/),
  ]);
  expect((await run('both + 1')).result).toBe('43');
  expect(page(await run('%px both + 2'))[0]).toContain(': 44');
});

test('--local: the engines work while the notebook does', async () => {
  // Each side waits for the other's file.
  const answer = await run(
    '%%px --local\nimport { existsSync, writeFileSync } from "node:fs";\n' +
      `const [mine, other] = "rank" in px ? ["engine", "notebook"] : ["notebook", "engine"];\n` +
      `writeFileSync(${JSON.stringify(kernel.folder)} + "/" + mine, "");\n` +
      `while (!existsSync(${JSON.stringify(kernel.folder)} + "/" + other)) await new Promise((f) => setTimeout(f, 5));\n` +
      'console.log("met");',
  );

  expect(answer.error).toBeUndefined();
  expect(sorted(answer.stdout)).toEqual(['[stdout:0] met', '[stdout:1] met', 'met']);
});

test('--local: what fails in the notebook is the error of the cell, after the engines', async () => {
  const answer = await run(
    '%%px --local\nif (!("rank" in px)) throw new RangeError("only here");\n1',
  );

  expect(answer.error).toMatchObject({ ename: 'RangeError', evalue: 'only here' });
  expect(page(answer).join('\n')).toMatch(/Out\[0,1:[\d,]+\]: 1/);
});

test('--progress-after 0 shows a bar at once, updated in place to its end', async () => {
  const answer = await run('%%px --progress-after 0\nawait new Promise((f) => setTimeout(f, 50));');

  const [first, last] = [bars(answer)[0], bars(answer).at(-1)];
  expect(first).toBe(`display_data: ${'░'.repeat(20)} 0/2 engines · 0 s`);
  expect(last).toContain(`update_display_data: ${'█'.repeat(20)} 2/2 engines · `);
  const ids = answer.outputs.map(
    ({ content }) => (content['transient'] as { display_id: string }).display_id,
  );
  expect(new Set(ids).size).toBe(1);
  expect(JSON.stringify(answer.outputs[0]?.content)).toContain('<progress value=');
});

test('--progress-after SECONDS waits for as long', async () => {
  const gate = JSON.stringify(join(kernel.folder, 'bar'));
  const pending = run(
    '%%px --progress-after 0.1\nimport { existsSync } from "node:fs";\n' +
      `while (px.rank === 1 && !existsSync(${gate})) await new Promise((f) => setTimeout(f, 5));`,
  );
  await pending.output(({ content }) => JSON.stringify(content).includes('1/2 engines'));

  await writeFile(join(kernel.folder, 'bar'), '');

  const half = `${'█'.repeat(10)}${'░'.repeat(10)} 1/2 engines`;
  expect(bars(await pending).some((bar) => bar.includes(half))).toBe(true);
  expect(bars(await run('%px --progress-after 30 1'))).toEqual([]);
});

test('--progress-after -1 never shows a bar', async () => {
  const answer = await run(
    '%%px --progress-after -1\nawait new Promise((f) => setTimeout(f, 50));',
  );

  expect(page(answer)).toEqual([]);
});

test('--verbose says where the cell runs, --no-verbose does not', async () => {
  expect((await run('%px --verbose 1')).stdout).toBe('Parallel execution on engine(s): all\n');
  expect((await run('%%px --verbose -t 1\n1')).stdout).toBe(
    'Parallel execution on engine(s): [1]\n',
  );
  expect((await run('%px --verbose --noblock 1')).stdout).toBe(
    'Async parallel execution on engine(s): all\n',
  );
  expect((await run('%px --verbose --no-verbose 1')).stdout).toBe('');
});

test('--timeout interrupts what is not finished by then', async () => {
  const { error } = await run('%%px --timeout 0.2\nfor (;;) await 0;');

  expect(error?.ename).toBe('TimeoutError');
});

test('--signal-on-interrupt SIGINT is what Stop does anyway', async () => {
  const pending = run('%%px --signal-on-interrupt SIGINT\nconsole.log("on");\nfor (;;);');
  await pending.printed('[stdout:0] on');
  await pending.printed('[stdout:1] on');

  await kernel.client.interrupt();

  expect((await pending).error?.evalue).toBe('Stopped on engines 0 and 1; variables are kept.');
});

test('--signal-on-interrupt 0: Stop stops waiting, the engines go on, and %pxresult waits again', async () => {
  const gate = join(kernel.folder, 'gate');
  const pending = run(
    '%%px --signal-on-interrupt 0\nimport { existsSync } from "node:fs";\nconsole.log("on");\n' +
      `while (!existsSync(${JSON.stringify(gate)})) await new Promise((f) => setTimeout(f, 5));\n"left"`,
  );
  await pending.printed('[stdout:0] on');
  await pending.printed('[stdout:1] on');

  await kernel.client.interrupt();

  expect((await pending).error?.evalue).toMatch(
    /^Stopped waiting\. The cell goes on on engines 0 and 1: %pxresult waits for it/,
  );
  const waiting = run('%pxresult');
  await waiting.started();
  await kernel.client.interrupt();
  expect((await waiting).error?.evalue).toMatch(/^Stopped waiting/);
  const again = run('%pxresult');
  await writeFile(gate, '');
  expect(page(await again)).toEqual([
    'stdout: [stdout:0] on\n[stdout:1] on\n',
    expect.stringMatching(/^display_data: Out\[0,1:[\d,]+\]: 'left'$/),
  ]);
});
