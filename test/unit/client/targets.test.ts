import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/client/engine-directory.js';
import { NoEnginesError } from '../../../src/client/errors.js';
import { normalizeTargets, parseTargets, resolveTargets } from '../../../src/client/targets.js';

const engines: readonly Engine[] = [0, 1, 2, 5].map((id) => ({
  id,
  uuid: `uuid-${id}`,
  language: id === 5 ? 'python' : 'typescript',
  host: id < 2 ? 'a' : 'b',
}));

const idsOf = (targets: Parameters<typeof resolveTargets>[0]): number[] =>
  resolveTargets(targets, engines).map(({ id }) => id);

describe('parseTargets', () => {
  test.each([
    ['all', 'all'],
    [' all ', 'all'],
    ['0', 0],
    ['-1', -1],
    ['0,2', [0, 2]],
    ['[0, 2]', [0, 2]],
    ['[3]', [3]],
    ['1:3', { start: 1, stop: 3 }],
    ['::2', { step: 2 }],
    ['-2:', { start: -2 }],
    ['::-1', { step: -1 }],
  ])('reads %j', (text, expected) => {
    expect(parseTargets(text)).toEqual(expected);
  });

  test.each(['0:4x', '', 'none', '1.5', '0,', '0,,2', '[0', '[]', '1:2:3:4', '::0', '0 2', ':a'])(
    'refuses %j in a sentence that quotes it',
    (text) => {
      expect(() => parseTargets(text)).toThrow(
        `Expected \`targets\` to be 'all', an engine id or a list of ids, got '${text}'.`,
      );
    },
  );
});

describe('resolveTargets', () => {
  test('takes ids, lists in their order, and all', () => {
    expect(idsOf(2)).toEqual([2]);
    expect(idsOf([5, 0])).toEqual([5, 0]);
    expect(idsOf('all')).toEqual([0, 1, 2, 5]);
    expect(idsOf('2')).toEqual([2]);
  });

  test('takes an engine once though it is named twice', () => {
    expect(idsOf([2, 0, 2, -1, 5])).toEqual([2, 0, 5]);
  });

  test('counts negative ids from the end of the sorted ids', () => {
    expect(idsOf(-1)).toEqual([5]);
    expect(idsOf([-4, -2])).toEqual([0, 2]);
  });

  test.each([
    ['1:3', [1, 2]],
    ['::2', [0, 2]],
    [':', [0, 1, 2, 5]],
    ['-2:', [2, 5]],
    ['::-1', [5, 2, 1, 0]],
    ['2:0:-1', [2, 1]],
    ['1:99', [1, 2, 5]],
    ['-99:2', [0, 1]],
  ])('slices the sorted ids as Python does: %s', (text, expected) => {
    expect(idsOf(text)).toEqual(expected);
  });

  test('asks a predicate of each engine', () => {
    expect(idsOf((engine) => engine.host === 'b')).toEqual([2, 5]);
    expect(idsOf(({ language }) => language === 'python')).toEqual([5]);
  });

  test('names the ids that exist when one does not', () => {
    expect(() => idsOf([0, 9])).toThrow('There is no engine 9. There are 0, 1, 2 and 5.');
    expect(() => idsOf(-5)).toThrow(expect.objectContaining({ code: 'NO_SUCH_ENGINE' }));
  });

  test.each(['3:1', [], 'all', (): boolean => false] as const)(
    'says how to get engines when %s matches none',
    (targets) => {
      const present = targets === 'all' ? [] : engines;
      expect(() => resolveTargets(targets, present)).toThrow(NoEnginesError);
      expect(() => resolveTargets(targets, present)).toThrow('Start some: ');
    },
  );

  test('without any engine, an id is no engine of a list either', () => {
    expect(() => resolveTargets(0, [])).toThrow(expect.objectContaining({ code: 'NO_ENGINES' }));
    // `pxcluster start` would start another cluster, beside the one that is meant.
    expect(() => resolveTargets('all', [])).toThrow(/`await px\.start\(.*`pxcluster engines -n 4`/);
  });
});

describe('normalizeTargets', () => {
  test('makes a list of a text, since only a number is one engine', () => {
    expect(normalizeTargets('2')).toEqual([2]);
  });

  test.each([1.5, NaN, [0, 1.5], [0, 'x'], null, true, { step: 0 }, { start: 'a' }])(
    'refuses %j',
    (targets) => {
      expect(() => normalizeTargets(targets as never)).toThrow(
        expect.objectContaining({ code: 'BAD_ARGUMENT' }),
      );
    },
  );
});
