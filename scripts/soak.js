import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { binary, root, run, runMain, ScriptError } from './run.js';
import { build, installKernel, installPackages, installPython } from './setup.js';

/**
 * `npm run soak [-- NAME…]`: the tests of test/soak, which take minutes each and which `npm test` leaves
 * out; all of them, or those that are named. `npm run soak -- --list` shows the names.
 */
await runMain(async () => {
  const wanted = process.argv.slice(2);
  const names = namesOfRuns();
  if (wanted.includes('--list')) {
    process.stdout.write(`${names.join('\n')}\n`);
    return 0;
  }
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ScriptError(`There is no run '${unknown}': there are ${names.join(', ')}.`);
  }
  await installPackages();
  await build();
  await installPython();
  await installKernel();
  const files = wanted.map((name) => join('test', 'soak', `${name}.test.ts`));
  const config = ['--config', 'vitest.soak.config.ts'];
  const { code } = await run(binary('vitest'), ['run', ...config, ...files]);
  return code;
});

function namesOfRuns() {
  return readdirSync(join(root, 'test', 'soak'))
    .flatMap((name) => /^(.*)\.test\.ts$/.exec(name)?.[1] ?? [])
    .sort();
}
