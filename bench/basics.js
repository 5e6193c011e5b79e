import { join } from 'node:path';
import { must, root } from '../scripts/run.js';
import { pythonFolder, pythonPath } from '../scripts/setup.js';
import { row } from './report.js';

/**
 * What the first minute feels like: start, a call on all engines, a `%%px` cell, memory; beside Python's
 * ipyparallel, with its own controller and engines, in the same run. Runs of the two take turns, so that
 * a busy moment of the machine hits both.
 */
export async function measure() {
  return [...(await starts()), ...(await calls()), ...(await cells()), ...(await memory())];
}

const peerName = 'ipyparallel';

async function starts() {
  const rows = [];
  for (const [engines, rounds] of [
    [4, 5],
    [16, 3],
  ]) {
    const [ours, peer] = [[], []];
    for (let round = 0; round < rounds; round++) {
      ours.push(...(await ourCalls(engines, 0)).startMs);
      peer.push(...(await peerCalls(engines, 0)).startMs);
    }
    rows.push(
      row(`start of ${engines} engines to the first result`, 'ms', { ours, peer, peerName }),
    );
  }
  return rows;
}

async function calls() {
  const [ours, peer] = [[], []];
  for (let round = 0; round < 3; round++) {
    ours.push(...(await ourCalls(4, 200)).callMs);
    peer.push(...(await peerCalls(4, 200)).callMs);
  }
  return [row('a call on all 4 engines', 'ms', { ours, peer, peerName })];
}

async function cells() {
  const driver = join(root, 'bench', 'peers', 'notebook_cells.py');
  const env = { JUPYTER_PATH: join(pythonFolder, 'share', 'jupyter') };
  const output = await must('The cell bench', pythonPath, [driver, '100'], { env });
  const { pxlab: ours, ipyparallel: peer } = lastJson(output);
  return [row('a small %%px cell on all 4 engines', 'ms', { ours, peer, peerName })];
}

async function memory() {
  const output = await must('The memory bench', process.execPath, [
    join(root, 'bench', 'peers', 'memory.js'),
  ]);
  const { bare, engine, supervisor, kernel } = lastJson(output);
  const against = (ours) => ({ ours, peer: bare, peerName: 'bare Node process' });
  return [
    row('memory of an idle engine', 'MB', against(engine)),
    row('memory of the supervisor (4 engines)', 'MB', against(supervisor)),
    row('memory of an idle kernel with its compiler', 'MB', against(kernel)),
  ];
}

async function ourCalls(engines, count) {
  const driver = join(root, 'bench', 'peers', 'pxlab-calls.js');
  return lastJson(
    await must('The pxlab bench', process.execPath, [driver, `${engines}`, `${count}`]),
  );
}

async function peerCalls(engines, count) {
  const driver = join(root, 'bench', 'peers', 'ipyparallel_calls.py');
  return lastJson(
    await must("ipyparallel's bench", pythonPath, [driver, `${engines}`, `${count}`]),
  );
}

/** Drivers print their figures as JSON in their last line. */
function lastJson(output) {
  return JSON.parse(output.trim().split('\n').at(-1));
}
