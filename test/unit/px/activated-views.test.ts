import { expect, test } from 'vitest';
import { ActivatedViews } from '../../../src/px/activated-views.js';

test('a view is found by its suffix, with or without the underscore it was given with', () => {
  const views = new ActivatedViews();

  views.activate('even', '::2');
  views.activate('_odd', [1, 3]);
  views.activate('0', 0);

  expect(views.suffixes).toEqual(['even', 'odd', '0']);
  expect(views.find('odd')?.targets).toEqual([1, 3]);
  expect(views.find('')?.targets).toBe('all');
  expect(views.find('none')).toBeUndefined();
});

test('a view that is activated anew is another one, so that nothing is kept of the first', () => {
  const views = new ActivatedViews();
  views.activate('even', [0]);
  const before = views.find('even');

  views.activate('even', [0]);

  expect(views.find('even')).not.toBe(before);
});

test.each([
  ['a b', [0], /letters and digits, .* got 'a b'/],
  ['a', '0:4x', /list of ids, got '0:4x'/],
])('activate(%j, %j) is refused at once', (suffix, targets, message) => {
  expect(() => new ActivatedViews().activate(suffix, targets)).toThrow(message);
});
