import { defineConfig } from 'vitest/config';

/** Tests that take minutes: `npm run soak`. */
export default defineConfig({
  test: {
    reporters: ['verbose'],
    pool: 'forks',
    include: ['test/soak/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 30 * 60_000,
    hookTimeout: 60_000,
  },
});
