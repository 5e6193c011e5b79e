import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { root, run, runMain, ScriptError } from './run.js';
import { build, installPackages, makeEnvironment, workFolder } from './setup.js';

/** ipyparallel's test files that go through a controller. */
const allFiles = [
  'test_client',
  'test_asyncresult',
  'test_view',
  'test_view_broadcast',
  'test_lbview',
  'test_dependency',
  'test_executor',
  'test_remotefunction',
  'test_magics',
  'test_cluster',
  'test_label',
  'test_joblib',
];
const testLimitS = 60;
/** So many of them have an outcome other than skipped with Python's own controller. */
const wholeCount = 300;

/**
 * `npm run conformance [-- FILE…]`: runs the published ipyparallel's own tests with `pxcluster controller`
 * in the place of `ipcontroller`, under Python's engines and client. What is listed in
 * test/conformance/exceptions.json may fail. Ends with `N passed, N failed`; errors count as failed.
 */
await runMain(async () => {
  const files = process.argv.slice(2);
  await installPackages();
  await build();
  const python = await makeEnvironment('conformance', 'test/conformance/requirements.txt');
  const home = mkdtempSync(join(tmpdir(), 'pxc-'));
  try {
    const report = join(workFolder, 'conformance.xml');
    rmSync(report, { force: true });
    await runPytest(python, { home, report, files: files.length > 0 ? files : allFiles });
    return tell(readReport(report), files.length > 0 ? 1 : wholeCount);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

async function runPytest(python, { home, report, files }) {
  const cli = join(root, 'lib', 'cli', 'main.js');
  const plugin = ['-q', '--disable-warnings', '-p', 'pxlab_commands'];
  const options = [...plugin, '-o', 'asyncio_mode=auto', '-o', 'junit_family=xunit1'];
  const limits = ['--timeout', String(testLimitS), `--junit-xml=${report}`];
  const modules = files.map((file) => `ipyparallel.tests.${file}`);
  const { code } = await run(
    python,
    ['-m', 'pytest', ...options, ...limits, '--rootdir', home, '--pyargs', ...modules],
    {
      cwd: home,
      env: {
        HOME: home,
        IPYTHONDIR: join(home, '.ipython'),
        PYTHONPATH: join(root, 'test', 'conformance'),
        IPP_CONTROLLER_CMD: JSON.stringify([process.execPath, cli, 'controller']),
      },
    },
  );
  // 1: some have failed, which the report tells one by one.
  if (code > 1) throw new ScriptError(`pytest ended with ${code}: see what it printed above.`);
}

/** Outcome by test, `test_client::TestClient::test_map`, in the report of pytest. */
function readReport(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ScriptError('pytest ended without a report: see what it printed above.');
  }
  const cases = text.matchAll(/<testcase ([^>]*?)(?:\/>|>([^]*?)<\/testcase>)/g);
  return [...cases].map(([, attributes, body = '']) => {
    const { classname = '', name = '', file = '' } = attributesIn(attributes);
    const [testClass] = classname.split('.').slice(-1);
    const test = [basename(file, '.py'), testClass, name].join('::');
    const outcome = /<(failure|error|skipped)\b/.exec(body)?.[1] ?? 'passed';
    return { test, outcome };
  });
}

function attributesIn(text) {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
  );
}

function tell(outcomes, leastCount) {
  const exceptions = JSON.parse(
    readFileSync(join(root, 'test', 'conformance', 'exceptions.json'), 'utf8'),
  );
  const isBad = ({ outcome }) => outcome === 'failure' || outcome === 'error';
  const excused = outcomes.filter((each) => isBad(each) && each.test in exceptions);
  const failed = outcomes.filter((each) => isBad(each) && !(each.test in exceptions));
  const passed = outcomes.filter(({ outcome }) => outcome === 'passed');
  const skipped = outcomes.filter(({ outcome }) => outcome === 'skipped');
  const say = (line) => process.stdout.write(`${line}\n`);
  for (const { test } of excused) say(`not passed, as expected: ${test}: ${exceptions[test]}`);
  for (const { test } of passed)
    if (test in exceptions) say(`passes, though an exception: ${test}`);
  for (const { test } of failed) say(`failed: ${test}`);
  say(`${skipped.length} skipped by ipyparallel itself, ${excused.length} exceptions`);
  const missing = Math.max(0, leastCount - passed.length - failed.length - excused.length);
  if (missing > 0)
    say(`${missing} of at least ${leastCount} tests have no outcome: they count as failed`);
  const failures = failed.length + missing;
  say(`${passed.length} passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}
