import { cpus } from 'node:os';
import { join } from 'node:path';
import { must, root } from '../scripts/run.js';
import { pythonPath } from '../scripts/setup.js';
import { row } from './report.js';

const rounds = 5;
/** The client and the controller need cores as well. */
const engines = Math.min(4, Math.max(2, cpus().length));

/**
 * What our controller costs in the place of ipcontroller: the same Python engines behind each, as many, and
 * one Python client before both. The controllers take turns, so that a busy moment of the machine hits both.
 */
export async function measure() {
  const driver = join(root, 'bench', 'peers', 'controllers.py');
  const controller = [process.execPath, join(root, 'lib', 'cli', 'main.js'), 'controller'];
  const args = [driver, `${engines}`, `${rounds}`, ...controller];
  const output = await must('The controller bench', pythonPath, args);
  return Object.entries(JSON.parse(output.trim().split('\n').at(-1))).map(([what, seconds]) =>
    row(`${what} (${engines} Python engines)`, 's', {
      ours: seconds.pxlab,
      peer: seconds.ipyparallel,
      peerName: 'ipcontroller',
    }),
  );
}
