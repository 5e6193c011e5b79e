import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { SparseLog } from '../base/sparse-log.js';

/**
 * Calls `handle` with each item of `source` until it ends. An item that makes `handle` throw is logged
 * and never ends the loop.
 */
export async function serve<T>(
  source: AsyncIterable<T>,
  handle: (item: T) => void,
  log: Logger,
): Promise<void> {
  const sparse = new SparseLog(log);
  try {
    for await (const item of source) {
      try {
        handle(item);
      } catch (error) {
        sparse.warn('message not handled', { error: messageOf(error) });
      }
    }
  } catch (error) {
    log.error('socket failed', { error: messageOf(error) });
  }
}
