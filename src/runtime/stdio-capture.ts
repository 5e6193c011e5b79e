import { spawnCount } from '../process/spawn-count.js';
import type { CellContext } from './cell-token.js';
import { CapturedStream } from './captured-stream.js';
import type { OutputPort } from './output-port.js';

/** How long a cell may wait for what its children printed to be read. */
const takenMs = 500;

/**
 * Sends what JavaScript writes to `process.stdout` and `process.stderr`, and so by `console`, to the
 * output of the cell that writes it.
 *
 * @returns what undoes it.
 */
export function captureStdio(context: CellContext, output: OutputPort): () => void {
  let spawned = spawnCount();
  const printTo =
    (name: 'stdout' | 'stderr') =>
    (text: string): void => {
      // What a child has printed, `execSync` above all, comes before what the cell prints after it.
      if (spawnCount() !== spawned) {
        spawned = spawnCount();
        output.settle();
        output.flush(takenMs);
      }
      output.stream(context.current.id, name, text);
    };
  const undo = [
    redirect('stdout', new CapturedStream(1, printTo('stdout'))),
    redirect('stderr', new CapturedStream(2, printTo('stderr'))),
  ];
  return () => {
    for (const step of undo) step();
  };
}

/** The streams of Node itself are never made: they would set the descriptors to non-blocking. */
function redirect(name: 'stdout' | 'stderr', stream: CapturedStream): () => void {
  const original = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: () => stream,
  });
  return () => {
    if (original) Object.defineProperty(process, name, original);
  };
}
