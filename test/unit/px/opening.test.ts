import { expect, test } from 'vitest';
import { deferred } from '../../../src/base/deferred.js';
import { Opening } from '../../../src/px/opening.js';

/** Work that ends when the test says so, or when it is cancelled. */
function begin(): { opening: Opening<string>; finish: () => void; cancelled: () => boolean } {
  const done = deferred<string>();
  let cancelled = false;
  const opening = new Opening((signal) => {
    signal.addEventListener('abort', () => {
      cancelled = true;
      done.reject(signal.reason);
    });
    return done.promise;
  });
  return { opening, finish: () => done.resolve('open'), cancelled: () => cancelled };
}

test('all who wait get the result of the one work', async () => {
  const { opening, finish } = begin();

  const waiting = Promise.all([opening.wait(), opening.wait(new AbortController().signal)]);
  finish();

  expect(await waiting).toEqual(['open', 'open']);
});

test('one who gives up leaves the work to the others', async () => {
  const { opening, finish, cancelled } = begin();
  const stop = new AbortController();
  const [first, second] = [opening.wait(stop.signal), opening.wait()];

  stop.abort(new Error('stopped'));

  await expect(first).rejects.toThrow('stopped');
  expect(cancelled()).toBe(false);
  finish();
  expect(await second).toBe('open');
});

test('the last one who gives up cancels the work', async () => {
  const { opening, cancelled } = begin();
  const stops = [new AbortController(), new AbortController()];
  const waits = stops.map(({ signal }) => opening.wait(signal));

  for (const stop of stops) stop.abort(new Error('stopped'));

  await expect(Promise.all(waits)).rejects.toThrow('stopped');
  await expect(waits[1]).rejects.toThrow('stopped');
  expect(cancelled()).toBe(true);
  expect(opening.isCancelled).toBe(true);
  await opening.settled;
});
