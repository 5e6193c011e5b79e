import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, root, run } from '../scripts/run.js';
import { explainFetch, pythonFolder, pythonPath, step, workFolder } from '../scripts/setup.js';
import { summary } from './report.js';

export { kernelTable as table } from './report.js';

const rounds = 3;
const denoVersion = '2.9.6';

/** What is measured, by the names of the driver, and what is aimed at. */
const figures = [
  {
    key: 'ready',
    what: 'start to `kernel_info_reply`',
    unit: 'ms',
    goal: 'under 400 ms',
    isReached: ({ pxlab }) => pxlab.median < 400,
  },
  {
    key: 'firstResult',
    what: 'start to the first result',
    unit: 'ms',
    goal: "at most 0.5 of tslab's",
    isReached: ({ pxlab, tslab }) => pxlab.median <= 0.5 * tslab.median,
  },
  { key: 'typeError', what: 'start to the first type error', unit: 'ms' },
  {
    key: 'cell',
    what: 'a small cell, of the first 190',
    unit: 'ms',
    goal: 'at most 15 ms',
    isReached: ({ pxlab }) => pxlab.median <= 15,
  },
  { key: 'lastCells', what: 'the 191st to the 200th cell', unit: 'ms' },
  { key: 'memoryAtStart', what: 'memory after the first result', unit: 'MB' },
  { key: 'memoryAfter20', what: 'memory after 20 cells', unit: 'MB' },
  { key: 'memoryAfter200', what: 'memory after 200 cells', unit: 'MB' },
  {
    key: 'growth',
    what: 'growth from the 20th to the 200th',
    unit: 'MB',
    goal: 'none',
    isReached: ({ pxlab }) => pxlab.median <= 0,
  },
];

/**
 * What a notebook's kernel is like before any engine is there: how soon it answers, what a small cell takes, what it
 * holds; beside ipykernel and the other kernels of TypeScript, with the same cells, in turns.
 */
export async function measure() {
  const kernels = [pxlabKernel(), ipykernel(), tslabKernel(), ...(await denoKernel())];
  const driver = join(root, 'bench', 'peers', 'kernels.py');
  const input = JSON.stringify(kernels);
  const output = await step('Running cells in each kernel, some minutes', () =>
    must('The kernel bench', pythonPath, [driver, `${rounds}`], { input }),
  );
  const samples = JSON.parse(output.trim().split('\n').at(-1));
  return figures.map(({ key, what, unit, goal, isReached }) => {
    const kernelsOf = Object.entries(samples).flatMap(([name, { [key]: values }]) =>
      values === undefined ? [] : [[name, summary(values)]],
    );
    const measured = Object.fromEntries(kernelsOf);
    return { what, unit, kernels: measured, ...(goal && { goal, reached: isReached(measured) }) };
  });
}

function pxlabKernel() {
  const file = join(pythonFolder, 'share', 'jupyter', 'kernels', 'pxlab', 'kernel.json');
  const { argv, env } = JSON.parse(readFileSync(file, 'utf8'));
  return { name: 'pxlab', language: 'typescript', hasTypes: true, argv, env };
}

function ipykernel() {
  const argv = [pythonPath, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  return { name: 'ipykernel', language: 'python', hasTypes: false, argv, env: {} };
}

function tslabKernel() {
  const program = join(root, 'node_modules', 'tslab', 'bin', 'tslab');
  const argv = [process.execPath, program, 'kernel', '--config-path={connection_file}'];
  return { name: 'tslab', language: 'typescript', hasTypes: true, argv, env: {} };
}

/** Installed for itself, from npm, where its program is a package for each system; nothing where that fails. */
async function denoKernel() {
  const folder = join(workFolder, 'bench', 'deno');
  mkdirSync(folder, { recursive: true });
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  const install = ['install', '--prefix', folder, ...options, `deno@${denoVersion}`];
  const { code, output } = await run('npm', install, { capture: true });
  if (code !== 0) {
    process.stdout.write(`${explainFetch("Installing Deno's kernel", output)} It is left out.\n`);
    return [];
  }
  const packages = join(folder, 'node_modules', '@deno');
  const program = join(packages, readdirSync(packages)[0], 'deno');
  const argv = [program, 'jupyter', '--kernel', '--conn', '{connection_file}'];
  const env = { DENO_DIR: join(folder, 'cache'), DENO_NO_UPDATE_CHECK: '1' };
  // It runs cells without checking their types.
  return [{ name: 'Deno', language: 'typescript', hasTypes: false, argv, env }];
}
