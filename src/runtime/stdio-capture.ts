import type { CellContext } from './cell-token.js';
import { CapturedStream } from './captured-stream.js';
import type { OutputPort } from './output-port.js';

/**
 * Sends what JavaScript writes to `process.stdout` and `process.stderr`, and so by `console`, to the
 * output of the cell that writes it.
 *
 * @returns what undoes it.
 */
export function captureStdio(context: CellContext, output: OutputPort): () => void {
  const undo = [
    redirect(
      'stdout',
      new CapturedStream(1, (text) => output.stream(context.current.id, 'stdout', text)),
    ),
    redirect(
      'stderr',
      new CapturedStream(2, (text) => output.stream(context.current.id, 'stderr', text)),
    ),
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
