import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cluster } from 'pxlab';
import { pythonFolder, pythonPath } from '../../scripts/setup.js';

/**
 * Proportional set sizes, in MB, of idle processes: four engines and their supervisor, as many bare Node
 * processes beside them so that shared pages are split alike, and a kernel with its compiler. Linux only.
 */
const settleMs = 3000;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const bareProcesses = await Promise.all(Array.from({ length: 4 }, startBare));
const cluster = await Cluster.start({ n: 4 });
const client = await cluster.connect();
await client.direct('all').execute('1 + 1');
const kernel = await startKernel();
await sleep(settleMs); // idle means: after start-up garbage had its chance to go
const engines = [...client.engines.values()].map(({ pid }) => pid);
const figures = {
  bare: bareProcesses.map(({ pid }) => proportionalMb(pid)),
  engine: engines.map(proportionalMb),
  supervisor: [proportionalMb(parentOf(engines[0]))],
  kernel: [proportionalMb(kernel.pid)],
};
for (const child of bareProcesses) child.kill('SIGKILL');
kernel.stop();
await client.close();
await cluster.stop();
process.stdout.write(`${JSON.stringify(figures)}\n`);

async function startBare() {
  const child = spawn(process.execPath, [here('bare-process.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

/** A kernel under Jupyter's client, after one cell; its first line of output is its pid. */
async function startKernel() {
  const child = spawn(pythonPath, [here('idle_kernel.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, JUPYTER_PATH: `${pythonFolder}/share/jupyter` },
  });
  const [line] = await once(child.stdout, 'data');
  return { pid: Number(line), stop: () => child.stdin.end() };
}

function proportionalMb(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)[1]) / 1024;
}

function parentOf(pid) {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}
