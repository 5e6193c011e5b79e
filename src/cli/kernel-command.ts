import { fileURLToPath } from 'node:url';

export const kernelMain: string = fileURLToPath(new URL('../kernel/main.js', import.meta.url));

/** How Jupyter starts the kernel of this package, with the Node that runs this. */
export const kernelCommand: readonly string[] = [
  process.execPath,
  // Stop ends user code by an exception from outside, which Node's own checks take for a bug.
  '--no-force-async-hooks-checks',
  // `%inspect` says where the debugger listens: Node says it on stderr without this.
  '--inspect-publish-uid=http',
  kernelMain,
  '{connection_file}',
];
