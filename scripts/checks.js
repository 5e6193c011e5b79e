import { run } from './run.js';

/** Static checks: what each is called, and its npm script. A check passes when that exits with 0. */
const checks = [
  ['types of the tests', 'check:types'],
  ['linter', 'check:lint'],
  ['formatting', 'check:format'],
  ['layers', 'check:layers'],
  ['unused code', 'check:unused'],
  ['public API', 'check:api'],
];

/** Runs the checks and tells of each that fails. @returns {Promise<{ passed: number, failed: number }>} */
export async function runChecks() {
  let failed = 0;
  for (const [name, script] of checks) {
    const { code, output } = await run('npm', ['run', '--silent', script], { capture: true });
    process.stdout.write(`${code === 0 ? '✓' : '✗'} ${name}\n`);
    if (code === 0) continue;
    failed += 1;
    process.stdout.write(`${output.trim()}\n`);
  }
  return { passed: checks.length - failed, failed };
}
