import type { HeapFill } from './interrupt/main-heap.js';
import type { RenderedError } from './render-error.js';

/** What a cell ends with that filled the heap of its process. */
export function outOfMemory(
  cellName: string,
  { usedBytes, limitBytes, isOfRun }: HeapFill,
): RenderedError {
  const ename = 'OutOfMemory';
  const inUse = `(${gibibytes(usedBytes)} of ${gibibytes(limitBytes)} GiB in use)`;
  const what = isOfRun
    ? `it filled the heap of its process ${inUse}, and what it declared was dropped. `
    : `the heap of its process is full ${inUse}, of what earlier cells keep: free what is not needed any more. `;
  const evalue =
    `${cellName} was stopped: ${what}` +
    'Keep less at a time, or numbers in typed arrays, which are outside of the heap; or start with more: ' +
    'NODE_OPTIONS=--max-old-space-size=8192 in the environment allows 8 GiB.';
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
}

function gibibytes(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1);
}
