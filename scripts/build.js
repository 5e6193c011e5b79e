import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, runMain } from './run.js';

/** Compiles src into lib with the pinned TypeScript (tslab brings a `tsc` of its own). */
await runMain(async () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code } = await run(process.execPath, [tsc, '-p', 'tsconfig.json']);
  if (code === 0) chmodSync(join(root, 'lib', 'cli', 'main.js'), 0o755);
  return code;
});
