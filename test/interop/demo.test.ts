import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock, until } from '../../lib/base/clock.js';
import { markedProcesses } from '../support/leftovers.js';
import { pythonPath } from '../support/python.js';
import { start } from '../support/run-process.js';
import { openSandbox, type Sandbox } from '../support/sandbox.js';

const script = fileURLToPath(new URL('../../scripts/run_notebook.py', import.meta.url));
const notebook = fileURLToPath(new URL('../../examples/quickstart.ipynb', import.meta.url));

/** Runs a notebook as `npm run demo` does, after its set-up. */
function startNotebook(sandbox: Sandbox, path: string, env: Record<string, string> = {}) {
  return start(sandbox, { command: pythonPath(), args: [script, path], env });
}

/** The pid of the process of the demo whose command has `word` in it, as soon as there is one. */
async function pidOf(sandbox: Sandbox, word: string): Promise<number> {
  let pid: number | undefined;
  await until(
    async () => {
      const processes = await markedProcesses(sandbox.mark);
      pid = processes.find(({ command }) => command.includes(word))?.pid;
      return pid !== undefined;
    },
    { timeoutMs: 30_000 },
  );
  if (pid === undefined) throw new Error(`No process with ${word}`);
  return pid;
}

test('every cell of the demo does what it should, and nothing is left', async () => {
  const sandbox = await openSandbox();
  const demo = await startNotebook(sandbox, notebook);

  const { code } = await demo.child.exited;

  expect(await demo.text()).toContain('every cell did what it should');
  expect(code).toBe(0);
  await sandbox.expectNothingLeft();
});

/** The engines run the second cell: outputs are printed when it has ended. */
async function bothWait({ folder }: Sandbox): Promise<void> {
  const files = [0, 1].map((rank) => join(folder, `waits-${rank}`));
  expect(await until(() => files.every((file) => existsSync(file)), { timeoutMs: 60_000 })).toBe(
    true,
  );
}

/** A notebook whose second cell takes a while on the engines. */
async function writeNotebook(sandbox: Sandbox): Promise<string> {
  const sources = [
    '%%px\nconst kept = 40;',
    `%%px
require('node:fs').writeFileSync('${sandbox.folder}/waits-' + px.rank, '');
await new Promise((done) => setTimeout(done, 3000));`,
    '%%px\nconsole.log("works", 40 + 2);',
  ];
  const cells = sources.map((source, index) => ({
    ...{ cell_type: 'code', id: `cell-${index}`, execution_count: null },
    ...{ metadata: {}, outputs: [], source },
  }));
  const path = join(sandbox.folder, 'notebook.ipynb');
  await writeFile(path, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  return path;
}

test.each([
  ['engine/main.js', /was killed by SIGKILL|SIGKILL/],
  ['supervisor-main.js', /connection to the cluster ended|controller is gone/],
])(
  'when %s is killed during a cell, the cell says so, the next one works, and nothing is left',
  async (victim, words) => {
    const sandbox = await openSandbox();
    const run = await startNotebook(sandbox, await writeNotebook(sandbox));
    await bothWait(sandbox);

    process.kill(await pidOf(sandbox, victim), 'SIGKILL');
    await run.child.exited;

    const text = await run.text();
    expect(text).toMatch(words);
    expect(text).toMatch(/In \[3\][^]*works 42/);
    await sandbox.expectNothingLeft();
  },
);

test('when the kernel is killed during a cell, nothing is left', async () => {
  const sandbox = await openSandbox();
  const env = { PXLAB_LEASE_GRACE_MS: '500' };
  const run = await startNotebook(sandbox, await writeNotebook(sandbox), env);
  await run.says(/In \[2\]/);

  process.kill(await pidOf(sandbox, 'kernel/main.js'), 'SIGKILL');
  // The front end waits for answers that cannot come. There are moments in which Python lets a Ctrl-C pass.
  const hasLeft = run.child.exited.then(() => true);
  await until(
    () => {
      run.child.signal('SIGINT');
      return Promise.race([hasLeft, systemClock.sleep(5000).then(() => false)]);
    },
    { timeoutMs: 40_000 },
  );

  await sandbox.expectNothingLeft();
});
