import { deferred } from '../base/deferred.js';
import type { Connection } from './connection.js';
import type { Engine } from './engine-directory.js';
import { EngineLostError, TimeoutError } from './errors.js';

/** Waits until there are `count` engines; an engine that is lost meanwhile will not be awaited further. */
export async function waitForEngines(
  connection: Connection,
  count: number,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
): Promise<readonly Engine[]> {
  const { timeoutMs, signal } = options;
  const { directory, clock } = connection;
  signal?.throwIfAborted();
  const outcome = deferred<readonly Engine[]>();
  const look = (): void => {
    if (directory.engines.length >= count) outcome.resolve(directory.engines);
  };
  const over = new AbortController();
  const ends = [
    directory.onChange((change) => {
      if (change.type === 'engine-registered') look();
      else outcome.reject(new EngineLostError(change.engine.id, change.death, false));
    }),
    connection.onEnd((reason) => outcome.reject(reason)),
  ];
  const onAbort = (): void => outcome.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (timeoutMs !== undefined) {
    void clock.sleep(timeoutMs, over.signal).then(() => {
      outcome.reject(late(count, directory.engines.length, timeoutMs));
    }); // it does not reject
  }
  look();
  try {
    return await outcome.promise;
  } finally {
    over.abort();
    for (const end of ends) end();
    signal?.removeEventListener('abort', onAbort);
  }
}

function late(count: number, present: number, timeoutMs: number): TimeoutError {
  return new TimeoutError(
    `Only ${present} of ${count} engines came within ${timeoutMs} ms. ` +
      'See why with `pxcluster status`, or allow more with `timeoutMs`.',
  );
}
