// In one file, though long: one kernel and its engines serve a test for each flag of each magic line.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { signalGroup } from '../../../lib/process/process-group.js';
import { page } from '../../support/cell-page.js';
import { type Pending, type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.client.execute('await px.start({ n: 3 });');
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

const run = (cell: string): Pending => kernel.client.execute(cell);
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const complete = async (code: string): Promise<string[]> => {
  const { reply } = await kernel.client.request('complete_request', {
    code,
    cursor_pos: code.length,
  });
  return reply['matches'] as string[];
};

/** Displays and prints on two engines. */
const everything =
  '%%px -t 0,1\ndisplay("d" + px.id + "a");\nconsole.log("o" + px.id);\ndisplay("d" + px.id + "b");\npx.id';

test('%pxconfig shows what is set, as flags', async () => {
  expect((await run('%pxconfig')).stdout).toBe(
    '%pxconfig --targets all --block --stream --progress-after 2 --signal-on-interrupt SIGINT --no-verbose\n',
  );
  // From here on: on a busy machine any cell may take its time.
  await run('%pxconfig --progress-after -1');
});

test('%pxresult before the first result is one sentence', async () => {
  const { error } = await run('%pxresult');

  expect(error?.evalue).toBe(
    '%pxresult shows the last result of %px or %%px, and none has run yet.',
  );
});

test.each(['%pxresult', '%result', '%pxresult --group-outputs type'])(
  '%s shows the last result again, by type',
  async (line) => {
    await run(everything);

    expect(page(await run(line))).toEqual([
      'stdout: [stdout:0] o0\n[stdout:1] o1\n',
      "display_data: [output:0] 'd0a'",
      "display_data: [output:0] 'd0b'",
      "display_data: [output:1] 'd1a'",
      "display_data: [output:1] 'd1b'",
      matching(/^display_data: Out\[0:\d+\]: 0\nOut\[1:\d+\]: 1$/),
    ]);
  },
);

test.each(['%pxresult -e', '%pxresult --group-outputs engine'])(
  '%s shows it by engine',
  async (line) => {
    await run(everything);

    const pages = page(await run(line));

    expect(pages.map((each) => /(?:stdout|output|Out)[[:]+(\d)/.exec(each)?.[1]).join('')).toBe(
      '00001111',
    );
  },
);

test.each(['%pxresult -r', '%pxresult --group-outputs=order'])(
  '%s shows the first displays before the second ones',
  async (line) => {
    await run(everything);

    const displays = page(await run(line)).filter((each) => each.includes('[output:'));

    expect(displays.join().match(/d\d[ab]/g)).toEqual(['d0a', 'd1a', 'd0b', 'd1b']);
  },
);

test.each(['-o', '--out'])(
  '%%pxresult %s keeps the last result and shows nothing',
  async (flag) => {
    await run('%px px.id * 10');
    const name = `kept${flag.length}`;

    const answer = await run(`%pxresult ${flag} ${name}`);

    expect(page(answer)).toEqual([]);
    expect((await run(`${name} === px.last()`)).result).toBe('true');
  },
);

test('%pxresult waits for a result that nobody waited for', async () => {
  await run(
    '%px --noblock await new Promise((f) => setTimeout(f, 300)); console.log("late"); px.id',
  );

  const answer = await run('%pxresult');

  expect(answer.stdout).toBe('[stdout:0] late\n[stdout:1] late\n[stdout:2] late\n');
});

test('%pxresult of a failed cell shows one stack for engines that failed alike, and counts them', async () => {
  await run('%%px\nif (px.id !== 1) throw new RangeError("not one <&>");\nconsole.log("one");');

  const answer = await run('%pxresult');

  expect(page(answer)).toEqual([
    'stdout: [stdout:1] one\n',
    matching(/^display_data: \[error:0,2\] RangeError: not one <&>\nCell \[\d+\]:2/),
    'CompositeError: 2 of 3 engines failed. Engines 0 and 2: RangeError: not one <&>',
  ]);
  const html = JSON.stringify(answer.outputs[1]?.content['data']);
  expect(html).toContain('RangeError: not one &lt;&amp;&gt;');
});

test('errors of engines that fail alike come as one, while the cell goes on', async () => {
  const answer = await run('%%px\nif (px.id !== 1) throw new RangeError("alike");\n1');

  expect(answer.stderr).toMatch(/^\[error:[02,]+\] RangeError: alike\nCell \[/);
  expect(answer.stderr.match(/^Cell \[/gm)).toHaveLength(1);
});

test('%pxconfig --targets and -t hold for later cells, and their own flags win', async () => {
  expect(page(await run('%pxconfig --targets 1:'))).toEqual([]);
  expect(page(await run('%px px.id')).join()).toMatch(/Out\[1:\d+\]: 1\nOut\[2:\d+\]: 2$/);
  expect(page(await run('%%px -t 0\npx.id')).join()).toMatch(/^display_data: Out\[0:\d+\]: 0$/);
  expect((await run('%pxconfig')).stdout).toContain('--targets 1: ');
  await run('%pxconfig -t all');
});

test.each(['--noblock', '--no-block', '-a'])(
  '%%pxconfig %s does not wait from then on',
  async (flag) => {
    await run(`%pxconfig ${flag}`);

    expect(page(await run('%px 1')).join()).toContain('AsyncResult');
    await run(`%pxconfig ${flag === '-a' ? '-b' : '--block'}`);
    expect(page(await run('%px 1')).join()).not.toContain('AsyncResult');
  },
);

test('%pxconfig --no-stream and --stream', async () => {
  await run('%pxconfig --no-stream');
  const gathered = page(await run(everything));
  await run('%pxconfig --stream');

  expect(gathered[0]).toBe('stdout: [stdout:0] o0\n[stdout:1] o1\n');
  expect((await run('%pxconfig')).stdout).toContain(' --stream ');
});

test('%pxconfig --verbose and --no-verbose', async () => {
  await run('%pxconfig --verbose');
  expect((await run('%px 1')).stdout).toBe('Parallel execution on engine(s): all\n');
  await run('%pxconfig --no-verbose');
  expect((await run('%px 1')).stdout).toBe('');
});

test('%pxconfig --progress-after', async () => {
  await run('%pxconfig --progress-after 0');
  const bars = page(await run('%px await new Promise((f) => setTimeout(f, 20))'));
  expect(bars.at(-1)).toContain(`update_display_data: ${'█'.repeat(20)} 3/3 engines · `);
  await run('%pxconfig --progress-after -1');
  expect(page(await run('%px 1;'))).toEqual([matching(/Out\[0-2:/)]);
  expect((await run('%pxconfig')).stdout).toContain('--progress-after -1 ');
});

test('%pxconfig --signal-on-interrupt', async () => {
  await run('%pxconfig --signal-on-interrupt 0');
  const pending = run('%%px\nconsole.log("on");\nfor (;;) await 0;');
  for (const id of [0, 1, 2]) await pending.printed(`[stdout:${id}] on`);

  await kernel.client.interrupt();

  expect((await pending).error?.evalue).toContain('The cell goes on on engines 0, 1 and 2');
  await run('void px.last()!.cancel();');
  await run('%pxconfig --signal-on-interrupt 2');
  expect((await run('%pxconfig')).stdout).toContain('--signal-on-interrupt SIGINT ');
});

test('%autopx sends cells to the engines until the next one, magic lines aside', async () => {
  expect((await run('%autopx')).stdout).toMatch(/^%autopx enabled: /);
  const first = await run('const where = "engine " + px.id;\nconsole.log(where);');
  expect(first.stdout.split('\n').sort().slice(1)).toEqual([
    '[stdout:0] engine 0',
    '[stdout:1] engine 1',
    '[stdout:2] engine 2',
  ]);
  expect(page(await run('where.length')).join()).toMatch(/Out\[0-2:[\d,-]+\]: 8/);
  expect(await complete('where.toUpp')).toEqual(['toUpperCase']);
  expect(page(await run('%pxresult')).join()).toMatch(/Out\[0-2:[\d,-]+\]: 8/);
  const { error } = await run('await px.start();');
  expect(error).toMatchObject({ ename: 'TypeScriptError' });
  expect(error?.traceback.at(-1)).toMatch(/^This cell was for the engines, since %autopx is on/);

  const last = await run('%autopx\nconst here = typeof px.start;\nhere');

  expect(last.stdout).toMatch(/^%autopx disabled: /);
  expect(last.result).toBe("'function'");
  expect((await run('where')).error?.ename).toBe('TypeScriptError');
});

test('an activated view has magics, defaults and a last result of its own', async () => {
  await run("px.activate('even', '::2');");
  await run('%px "of all"');

  expect(page(await run('%px_even px.id')).join()).toMatch(/Out\[0:\d+\]: 0\nOut\[2:\d+\]: 2$/);
  expect(page(await run('%%px_even\n"cell"')).join()).toMatch(/Out\[0,2:[\d,]+\]: 'cell'$/);
  expect(page(await run('// %%px_even\n"comment"')).join()).toMatch(/Out\[0,2:[\d,]+\]: 'comment'/);
  expect(page(await run('%pxresult_even')).join()).toContain("'comment'");
  expect(page(await run('%pxresult')).join()).toContain("'of all'");
  expect((await run('%pxconfig_even')).stdout).toMatch(/^%pxconfig_even --targets ::2 --block/);
  await run('%pxconfig_even --verbose');
  expect((await run('%px_even -t 2 1')).stdout).toBe('Parallel execution on engine(s): [2]\n');
  expect((await run('%px 1')).stdout).toBe('');
  expect(await complete('%px_e')).toEqual(['%px_even']);
});

test('%autopx_even sends cells to that view', async () => {
  expect((await run('%autopx_even')).stdout).toMatch(/^%autopx_even enabled: /);
  const shown = page(await run('px.id * 2')).join();
  await run('%autopx_even');

  expect(shown).toMatch(/Out\[0:\d+\]: 0\nOut\[2:\d+\]: 4$/);
  expect((await run('1 + 1')).result).toBe('2');
});

test('a view activates magics as in ipyparallel, underscore or not', async () => {
  await run("px.client.direct([1]).activate('_one');");

  expect(page(await run('%px_one px.id')).join()).toMatch(/Out\[1:\d+\]: 1$/);
  const { error } = await run('%px_oen px.id');
  expect(error?.evalue).toMatch(
    /^There is no magic %px_oen, since .* Did you mean %px_one\? Activated: .*%px_one; px\.activate\('oen'/,
  );
  const { error: nothing } = await run('%pxresult_even2');
  expect(nothing?.evalue).toContain('Did you mean %pxresult_even?');
});

test('%pxcluster runs the command as in a terminal', async () => {
  const list = await run('%pxcluster list');
  expect(list.error).toBeUndefined();
  expect(list.stdout).toMatch(/running/);

  const failed = await run('%pxcluster stop --cluster-id "not there"');
  expect(failed.stderr).toMatch(/^pxcluster: .*not there/);
  expect(failed.error).toMatchObject({ ename: 'PxclusterError' });
  expect(failed.error?.evalue).toMatch(/^`pxcluster stop` ended with exit code \d+\.$/);
});

test('%pxcluster start goes on by itself, and says so', async () => {
  const started = await run('%pxcluster start -n 1 --cluster-id aside --ipc-only');

  expect(started.stdout).toMatch(/^--detach was added: .*\n[^]*Started 1 engine in/);
  expect(started.error).toBeUndefined();
  const stopped = await run('%pxcluster stop --cluster-id aside');
  expect(stopped.error).toBeUndefined();
});

test('Stop ends %pxcluster as Ctrl-C does', async () => {
  const pending = run('%pxcluster controller --cluster-id=waits --log-level=INFO');
  await pending.output(({ type }) => type === 'stream');

  await kernel.client.interrupt();

  const { error } = await pending;
  expect(error).toMatchObject({
    ename: 'Interrupted',
    evalue: '`pxcluster controller` was stopped.',
  });
});

test("a command of the shell runs in the notebook's folder, and its exit code counts", async () => {
  const shown = await run("!pwd; echo there >&2\n%sh echo 'a  b'\n6 * 7");
  const failed = await run('!exit 3\nconsole.log("not reached")');
  const unknown = await run('const isReady = true;\n!isReady');

  expect(shown).toMatchObject({ stderr: 'there\n', result: '42' });
  expect(shown.stdout).toBe(`${kernel.cwd}\na  b\n`);
  expect(failed).toMatchObject({
    stdout: '',
    error: { ename: 'CommandError', evalue: '`exit 3` ended with exit code 3.' },
  });
  expect(unknown.error?.evalue).toBe(
    '`isReady` ended with exit code 127. ' +
      'A line that begins with ! is a command; for the TypeScript write (!isReady).',
  );
  expect((await run('!')).error?.evalue).toBe('A command is missing: `!ls`, or `%sh ls`.');
});

test('Stop ends a command of the shell with what it started', async () => {
  const pending = run('!echo $$; sleep 600 & wait');
  const { content } = await pending.output(({ type }) => type === 'stream');
  const pid = Number((content as { text: string }).text);

  await kernel.client.interrupt();

  expect((await pending).error).toMatchObject({ ename: 'Interrupted' });
  expect(await until(() => !signalGroup(pid, 'SIGCONT'), { timeoutMs: 10_000 })).toBe(true);
});

test('%npm install makes a package.json beside the notebook, and the next cell imports', async () => {
  const folder = join(kernel.cwd, 'local-package');
  mkdirSync(folder);
  const description = { name: 'local-package', version: '1.0.0', type: 'module', main: 'main.js' };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ ...description, types: 'main.d.ts' }),
  );
  writeFileSync(join(folder, 'main.js'), 'export const answer = 42;');
  writeFileSync(join(folder, 'main.d.ts'), 'export const answer: number;');

  const missing = await run("import { answer } from 'local-package';");
  const installed = await run('%npm install ./local-package');
  const imported = await run("import { answer } from 'local-package';\nanswer.toFixed(1)");
  const failed = await run('%npm no-such-command');

  expect(missing.error?.evalue).toContain('`%npm install local-package` brings it.');
  expect(installed.error).toBeUndefined();
  expect(installed.stdout).toContain(`A package.json was made in ${kernel.cwd}.\n`);
  expect(imported.result).toBe("'42.0'");
  expect(failed.error).toMatchObject({
    ename: 'NpmError',
    evalue: '`npm no-such-command` ended with exit code 1.',
  });
});

test('%typecheck says how cells are checked, those for engines too', async () => {
  const isNull = 'const text: string = null;';
  const isNumber = 'const text: string = 1;';
  const outcomes: (string | undefined)[] = [];
  for (const level of ['strict', 'loose', 'off']) {
    await run(`%typecheck ${level}`);
    for (const cell of [isNull, isNumber, `%%px\n${isNumber}`, 'const text = ;']) {
      outcomes.push((await run(cell)).error?.ename);
    }
  }
  const told = await run('%typecheck');
  const wrong = await run('%typecheck stric');
  await run('%typecheck strict');

  const bad = 'TypeScriptError';
  expect(outcomes).toEqual([
    ...[bad, bad, bad, bad],
    ...[undefined, bad, bad, bad],
    ...[undefined, undefined, undefined, bad],
  ]);
  expect(told.stdout).toBe('%typecheck off\n');
  expect(wrong.error?.evalue).toBe(
    "%typecheck needs strict, loose, off or default, got 'stric'. Did you mean strict?",
  );
});

test('%help lists all magics, %help px the flags of one', async () => {
  const [all] = page(await run('%help'));
  const { outputs } = await run('%help px');

  for (const name of ['%%px', '%pxresult', '%pxconfig', '%autopx', '%pxcluster', '%help']) {
    expect(all).toContain(name);
  }
  expect(page({ outputs })[0]).toMatch(/--signal-on-interrupt SIGNAL +what Stop sends/);
  expect(JSON.stringify(outputs)).toContain('<code>--progress-after SECONDS</code>');
  expect(page(await run('%pxresult?'))[0]).toContain('-o NAME');
  expect(page(await run('%%px?'))[0]).toContain('--local');
  expect(page(await run('%px --help'))[0]).toContain('--local');
  expect((await run('%help pxresul')).error?.evalue).toContain('Did you mean %pxresult?');
});

test('a magic is explained where it stands', async () => {
  const { reply } = await kernel.client.request('inspect_request', {
    code: '%%px --local\n1',
    cursor_pos: 2,
    detail_level: 0,
  });

  expect(reply).toMatchObject({ found: true });
  expect(JSON.stringify(reply['data'])).toContain('--progress-after SECONDS');
});

test('names and flags of magics are completed without the compiler', async () => {
  expect(await complete('%pxr')).toEqual(['%pxresult', ...(await complete('%pxresult_'))]);
  expect(await complete('%%px --st')).toEqual(['--stream']);
  expect(await complete('%px --targets 0 --no-s')).toEqual(['--no-stream']);
  expect(await complete('%pxresult --group-outputs e')).toEqual(['engine']);
  expect(await complete('%help px')).toContain('pxcluster');
  await run('%px const strings = { sum: 1 }');
  expect(await complete('%px strings.su')).toEqual(['sum']);
});

test.each(['SIGTERM', 'SIGKILL'])(
  '--signal-on-interrupt %s reaches an engine that blocks, and names it',
  async (signal) => {
    const last = 'px.client.ids.at(-1)';
    const id = (await run(last)).result ?? '';
    const pending = run(
      `%%px -t ${id} --signal-on-interrupt ${signal}\nconsole.log("on");\nfor (;;);`,
    );
    await pending.printed(`[stdout:${id}] on`);

    await kernel.client.interrupt();

    expect((await pending).error).toMatchObject({
      ename: 'Interrupted',
      evalue: `${signal} was sent to engine ${id}. Lost: engine ${id}.`,
    });
    expect((await run(last)).result).not.toBe(id);
  },
);
