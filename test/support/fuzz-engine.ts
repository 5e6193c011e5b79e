import { FuzzBench, type FuzzOptions } from './fuzz-bench.js';
import { residentBytes } from './resident-bytes.js';

/**
 * A real engine behind a controller that sends mutated messages in front of each: requests, control
 * requests, replies of the hub, pings. Afterwards it must answer, be the same process, and be small.
 */
export async function fuzzEngine({ count, seed }: FuzzOptions): Promise<{
  readonly sent: number;
  readonly grownBytes: number;
  readonly logLines: number;
  readonly answers: boolean;
}> {
  await using fuzz = await FuzzBench.start();
  await fuzz.talk(); // it has its compiler from here on
  const { tap, bench } = fuzz;
  const pid = bench.pid(0) ?? 0;
  tap.stopKeeping();
  const before = residentBytes(pid);
  fuzz.mangle('engine', seed);
  while (tap.mangledCount < count) await fuzz.talk();
  tap.mangle(undefined);
  const answers = await fuzz.worksOn();
  return {
    sent: tap.mangledCount,
    grownBytes: residentBytes(pid) - before,
    logLines: bench.engines.flatMap((engine) => engine.stderr().split('\n').filter(Boolean)).length,
    answers,
  };
}
