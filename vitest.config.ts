import { defineConfig } from 'vitest/config';

/** Real processes share the machine's cores, so files of the slow projects run one after the other. */
const oneAtATime = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 };

// Kernels of tests leave no cells in the history of whoever runs them.
process.env['PXLAB_HISTORY'] ??= 'off';

export default defineConfig({
  test: {
    reporters: ['default'],
    pool: 'forks',
    globalSetup: ['test/support/no-strays.ts'],
    projects: [
      {
        // What is tested as source meets TypeScript as src/compiler/typescript.cts does: unchanged.
        resolve: { alias: [{ find: /^\.\/typescript\.cjs$/, replacement: 'typescript' }] },
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'] },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...oneAtATime } },
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], ...oneAtATime } },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/global-setup.ts'],
          ...oneAtATime,
          // A page, a kernel and its engines start on machines that have little to spare.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      { test: { name: 'types', include: ['test/types/**/*.test.ts'], ...oneAtATime } },
    ],
  },
});
