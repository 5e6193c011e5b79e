import type { CellSources } from './cell-sources.js';
import type { CellContext } from './cell-token.js';
import { Interruption } from './interruption.js';
import type { OutputPort } from './output-port.js';
import { renderError } from './render-error.js';
import { framesOf } from './stack-frames.js';

/** What stray errors are shown with. */
export interface StrayErrorOptions {
  readonly context: CellContext;
  readonly sources: CellSources;
  readonly output: OutputPort;
}

/**
 * Errors that no one handles go to the stderr of the cell that made them, and end nothing.
 *
 * @returns what undoes it.
 */
export function catchStrayErrors(options: StrayErrorOptions): () => void {
  const onRejection = (reason: unknown): void => report('Unhandled rejection', reason, options);
  const onException = (thrown: unknown): void => report('Uncaught exception', thrown, options);
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return () => {
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtException', onException);
  };
}

function report(what: string, thrown: unknown, options: StrayErrorOptions): void {
  const { context, sources, output } = options;
  if (thrown instanceof Interruption) return; // the end of a stopped cell's background work
  const cell = cellOf(thrown, sources);
  const id = (cell !== undefined ? sources.idOf(cell) : undefined) ?? context.current.id;
  const lines = renderError(thrown, sources).traceback;
  output.stream(id, 'stderr', `${what} in ${cell ?? context.current.name}: ${lines.join('\n')}\n`);
}

/** The cell whose code is nearest to where it was thrown. */
function cellOf(thrown: unknown, sources: CellSources): string | undefined {
  try {
    if (!(thrown instanceof Error) || typeof thrown.stack !== 'string') return undefined;
    return framesOf(thrown.stack, sources).find((frame) => frame.isCell)?.file;
  } catch {
    return undefined;
  }
}
