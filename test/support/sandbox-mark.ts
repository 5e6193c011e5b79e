/** Tells the workers of a run of tests which run it is; `no-strays.ts` sets it. */
export const runVariable = 'PXLAB_RUN_OF_TESTS';

/** In the environment of all that a sandbox starts, so that what a run has left is found. */
export function runMark(): Readonly<Record<string, string>> {
  const run = process.env[runVariable];
  return run === undefined ? {} : { PXLAB_TEST_RUN: run };
}
