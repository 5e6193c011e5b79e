import { expect, test } from 'vitest';
import { deferred } from '../../../lib/base/deferred.js';
import { Assistant } from '../../../lib/kernel/assist.js';
import { noDeclarations } from '../../../lib/wire/cell.js';
import { ManualClock } from './manual-clock.js';

const never = (): Promise<never> => new Promise<never>(() => undefined);

/** A console that asks while the compiler starts. */
async function askedAtTheStart(code: string): Promise<object> {
  const clock = new ManualClock();
  const assistant = new Assistant({
    compiler: { complete: never, inspect: never, isComplete: never, isThere: false },
    magics: { suffixes: [], redirected: () => undefined },
    known: () => ({ notebook: noDeclarations, engines: noDeclarations }),
    clock,
  });
  const answer = assistant.isComplete(code);
  await clock.advance(500); // consoles wait for a second
  return answer;
}

test.each([
  ['6 * 7', { status: 'complete' }],
  ['function f() {', { status: 'incomplete', indent: '  ' }],
  ['  const a = [', { status: 'incomplete', indent: '    ' }],
  ['const a =', { status: 'incomplete', indent: '' }],
  ['const a = `two\nlines', { status: 'incomplete', indent: '' }],
  ['const a = `two\nlines`', { status: 'complete' }],
  ['function f() {\n\n', { status: 'complete' }],
  ['%px 1', { status: 'complete' }],
])('before the compiler is there, %j is told by its brackets', async (code, answer) => {
  expect(await askedAtTheStart(code)).toEqual(answer);
});

test('later the compiler is waited for', async () => {
  const clock = new ManualClock();
  const answer = deferred<{ status: 'invalid'; indent: string }>();
  const assistant = new Assistant({
    compiler: { complete: never, inspect: never, isComplete: () => answer.promise, isThere: true },
    magics: { suffixes: [], redirected: () => undefined },
    known: () => ({ notebook: noDeclarations, engines: noDeclarations }),
    clock,
  });

  const asked = assistant.isComplete('const = 1');
  await clock.advance(500);
  answer.resolve({ status: 'invalid', indent: '' });

  expect(await asked).toEqual({ status: 'invalid' });
});
