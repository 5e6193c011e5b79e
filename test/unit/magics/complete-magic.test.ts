import { expect, test } from 'vitest';
import { completeMagic, magicAt } from '../../../src/magics/complete-magic.js';

/** What is offered at the `|` in the cell. */
function offered(marked: string, suffixes: readonly string[] = []): readonly string[] | undefined {
  const offset = marked.indexOf('|');
  const cell = marked.slice(0, offset) + marked.slice(offset + 1);
  return completeMagic(cell, offset, suffixes)?.candidates;
}

test.each([
  ['%pxc|', ['%pxconfig', '%pxcluster']],
  ['const a = 1\n%auto|', ['%autopx']],
  ['%%p|', ['%%px']],
  ['// %%p|', undefined],
  ['// %%px --lo|', ['--local']],
  ['const a = 1\n%%p|', []],
  ['const a = `\n%px|`', undefined],
  ['const a = (b\n%px|', undefined],
  ['const a = 1|', undefined],
  ['%%px --no-|', ['--noblock', '--no-block', '--no-stream', '--no-verbose'].slice(1)],
  ['%%px -|', ['--targets', '-t']],
  ['%px --targets 0 --ver|', ['--verbose']],
  ['%px --targets py|', ['python']],
  ['%px --targets 0 fo|', undefined],
  ['%px --targets 0 a --ver|', undefined],
  ['%%px --signal-on-interrupt SIGT|', ['SIGTERM']],
  ['%pxresult --group-outputs |', ['type', 'engine', 'order']],
  ['%help auto|', ['autopx']],
  ['%pxcluster st|', []],
])('at the mark in %j, %j is offered', (marked, expected) => {
  const found = offered(marked);

  if (marked === '%%px -|') expect(found).toEqual(expect.arrayContaining(expected ?? []));
  else expect(found).toEqual(expected);
});

test('magics of activated views are offered too', () => {
  expect(offered('%px_|', ['even', 'odd'])).toEqual(['%px_even', '%px_odd']);
  expect(offered('%%px_|', ['even'])).toEqual(['%%px_even']);
  expect(offered('%pxresult_even --gr|', ['even'])).toEqual(['--group-outputs']);
});

test.each([
  ['%p|x a', 'px'],
  ['%px| a', 'px'],
  ['%px a|', undefined],
  ['%%px --targets| 0\na', 'px'],
  ['%%px\na|', undefined],
  ['const a = 1\n%pxres|ult -e', 'pxresult'],
  ['const a = (1\n%px|)', undefined],
  ['%nothing|', undefined],
])('help at the mark in %j is on %s', (marked, expected) => {
  const offset = marked.indexOf('|');

  expect(magicAt(marked.replace('|', ''), offset)).toBe(expected);
});
