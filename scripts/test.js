import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { binary, run, runMain } from './run.js';
import { build, installKernel, installPackages, installPython, workFolder } from './setup.js';

/**
 * `npm test [-- FILTER…]`: sets up what is missing, checks, tests, and ends with `N passed, N failed`.
 * With filters, only the test files whose path contains one are run.
 */
await runMain(async () => {
  const filters = process.argv.slice(2);
  await installPackages();
  await build();
  await installPython();
  await installKernel();
  const { runChecks } = await import('./checks.js');
  const checked = filters.length > 0 ? { passed: 0, failed: 0 } : await runChecks();
  const tested = await runTests(filters);
  const passed = checked.passed + tested.passed;
  const failed = checked.failed + tested.failed;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
});

/** A file that could not be loaded counts as one failed test, and a run without a report too. */
async function runTests(filters) {
  const report = join(workFolder, 'test-report.json');
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await run(binary('vitest'), ['run', ...reporters, ...filters]);
  const { passed, failed } = readReport(report);
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

function readReport(report) {
  try {
    const results = JSON.parse(readFileSync(report, 'utf8'));
    const unloaded = results.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    return { passed: results.numPassedTests, failed: results.numFailedTests + unloaded.length };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
