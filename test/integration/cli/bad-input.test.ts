import { afterAll, expect, test } from 'vitest';
import { runCli } from '../../support/run-process.js';
import { openSandbox } from '../../support/sandbox.js';

const sandbox = await openSandbox(afterAll);

test.each([
  ['start -n four', "argument 'four' is invalid. Give a whole number."],
  ['start -n -1', "argument '-1' is invalid. Give a whole number."],
  ['start -n', 'argument missing'],
  ['start --launcher moon', "argument 'moon' is invalid. Allowed choices are local."],
  ['start --timeout 0', "argument '0' is invalid. Give a number greater than 0."],
  ['start --timeout soon', "argument 'soon' is invalid. Give a number greater than 0."],
  ['start --ports 9-7', "got '9-7'"],
  ['start --ports 70000', "got '70000'"],
  ['start --cluster-id ../x', "got '../x'"],
  ['start 4', "too many arguments for 'start'"],
  ['stop a/b', "got 'a/b'"],
  ['stop a --all', 'Say in one way which clusters to stop'],
  ['stop --cluster-id a --all', 'Say in one way which clusters to stop'],
  ['status --cluster-id a/b', "got 'a/b'"],
  ['status 3', "too many arguments for 'status'"],
  ['list --cluster-id a', "unknown option '--cluster-id'"],
  ['engines -n 0', "argument '0' is invalid. Give a whole number of 1 or more."],
  ['engines -n 1.5', "argument '1.5' is invalid. Give a whole number of 1 or more."],
  ['engines 3', "too many arguments for 'engines'"],
  ['logs two', "'two' is invalid for argument 'engine'. Give the ids of engines, such as 0 or 2."],
  ['logs -n few', "argument 'few' is invalid. Give a whole number, or 'all'."],
  ['logs -f --json', '--json prints one document'],
  [
    'restart two',
    "'two' is invalid for argument 'engine'. Give the ids of engines, such as 0 or 2.",
  ],
  ['clean all', "too many arguments for 'clean'"],
  ['clean --host', 'argument missing'],
  ['install --user --prefix /x', 'Give one of'],
  ['list --jsn', "unknown option '--jsn'. Did you mean --json?"],
  ['lits', "unknown command 'lits'. Did you mean list?"],
])('`pxcluster %s` is refused in one sentence', async (line, words) => {
  const { code, stdout, stderr } = await runCli(sandbox, ...line.split(' '));

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/^pxcluster: [^\n]*[.`]\n$/);
});

test.each(['status', 'engines', 'engines -n 1', 'restart', 'logs', 'logs -f', 'stop'])(
  'where no cluster is, `pxcluster %s` says how to get one',
  async (line) => {
    const code = line === 'stop' ? 11 : 12;

    const said = await runCli(sandbox, ...line.split(' '));

    expect(said).toEqual({
      code,
      stdout: '',
      stderr: expect.stringMatching(/^pxcluster: [^\n]*`pxcluster list` [^\n]*\.\n$/) as unknown,
    });
  },
);

test('without a command, the help goes to stderr; asked for, to stdout', async () => {
  const without = await runCli(sandbox);
  const asked = await runCli(sandbox, '--help');
  const ofOne = await runCli(sandbox, 'help', 'engines');

  expect(without).toMatchObject({ code: 2, stdout: '' });
  expect(asked).toEqual({ code: 0, stdout: without.stderr, stderr: '' });
  expect(ofOne.stdout).toMatch(/what `ipcluster engines` does.*pxcluster engines -n 4/s);
});
