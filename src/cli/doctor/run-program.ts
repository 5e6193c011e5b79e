import { systemClock } from '../../base/clock.js';
import { Child } from '../../process/child.js';

/**
 * What a small program prints, its errors among it; undefined when it cannot be run, fails, or takes
 * longer than `timeoutMs`.
 */
export async function outputOf(
  command: string,
  args: readonly string[],
  timeoutMs = 20_000,
): Promise<string | undefined> {
  let child: Child;
  try {
    child = await Child.spawn({ command, args, output: 'capture' });
  } catch {
    return undefined;
  }
  const stop = new AbortController();
  const late = systemClock.sleep(timeoutMs, stop.signal).then(() => undefined);
  const exit = await Promise.race([child.exited, late]);
  stop.abort();
  if (exit === undefined) await child.end({ graceMs: 500 });
  return exit?.code === 0 ? child.captured : undefined;
}
