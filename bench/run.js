import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endRunning, runMain, ScriptError } from '../scripts/run.js';
import {
  build,
  installKernel,
  installPackages,
  installPython,
  workFolder,
} from '../scripts/setup.js';
import { machine, table as pairs } from './report.js';

const benches = {
  basics: () => import('./basics.js'),
  controller: () => import('./controller.js'),
  kernel: () => import('./kernel.js'),
};

/** Drivers end what they have started when they are asked to end. */
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => void endRunning().then(() => process.exit(code)));
}

/** `npm run bench -- NAME`: measures, prints a table, and writes the same figures as JSON. */
await runMain(async () => {
  const name = process.argv[2] ?? 'basics';
  const load = benches[name];
  if (load === undefined) {
    throw new ScriptError(
      `No bench is called '${name}'. There are: ${Object.keys(benches).join(', ')}.`,
    );
  }
  await installPackages();
  await build();
  await installPython();
  await installKernel();
  const { measure, table = pairs } = await load();
  const rows = await measure();
  const report = { bench: name, ...machine(), rows };
  const folder = join(workFolder, 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`\n${table(report)}\n\nThe same as JSON: .pxlab/bench/${name}.json\n`);
});
