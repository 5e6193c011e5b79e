import { join } from 'node:path';
import { root, run, runMain } from './run.js';
import { build, installKernel, installPackages, installPython, pythonPath } from './setup.js';

/** `npm run demo`: runs examples/quickstart.ipynb on four engines through Jupyter's own client. */
await runMain(async () => {
  await installPackages();
  await build();
  await installPython();
  await installKernel();
  const { code } = await run(pythonPath, [
    join(root, 'scripts', 'run_notebook.py'),
    join(root, 'examples', 'quickstart.ipynb'),
  ]);
  return code;
});
