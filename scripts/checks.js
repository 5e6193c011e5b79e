import { binary, run } from './run.js';

/** Static checks, each a name and a command; a check passes when its command exits with 0. */
const tool = (name, ...args) => [binary(name), args];
export const checks = [
  [
    'types of the tests',
    [process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json']],
  ],
  ['linter', tool('eslint', '.', '--max-warnings', '0')],
  ['formatting', tool('prettier', '--check', '.')],
  ['layers', tool('depcruise', 'src', '--config', '.dependency-cruiser.cjs')],
  ['unused code', tool('knip')],
  ['public API', tool('api-extractor', 'run')],
];

/** Runs the checks and tells of each that fails. @returns {Promise<{ passed: number, failed: number }>} */
export async function runChecks() {
  let failed = 0;
  for (const [name, [command, args]] of checks) {
    const { code, output } = await run(command, args, { capture: true });
    process.stdout.write(`${code === 0 ? '✓' : '✗'} ${name}\n`);
    if (code === 0) continue;
    failed += 1;
    process.stdout.write(`${output.trim()}\n`);
  }
  return { passed: checks.length - failed, failed };
}
