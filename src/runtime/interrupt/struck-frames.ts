import { isOwnFile } from '../stack-frames.js';
import { strikeScript } from './interrupt-link.js';
import type { StruckFrame } from './may-strike.js';

const frameLimit = 1000;

/**
 * What the inspector's call interrupted, innermost frame first. To be called from that call alone.
 * `isCell` tells the names of cells.
 */
export function struckFrames(isCell: (file: string) => boolean): StruckFrame[] {
  const files = fileNames();
  const start = files.indexOf(strikeScript) + 1;
  return files.slice(start).flatMap((file) => {
    const frame = frameOf(file, isCell);
    return frame === undefined ? [] : [frame];
  });
}

function frameOf(file: string | null, isCell: (file: string) => boolean): StruckFrame | undefined {
  if (file === null || file === '') return undefined; // a built-in such as Array.prototype.sort
  if (file.startsWith('node:')) return 'node';
  if (file.startsWith('pxlab:') || isOwnFile(file)) return 'own';
  return isCell(file) || file.startsWith('wasm:') ? 'user' : 'library';
}

/** The whole stack by file, whatever the user set for the stacks of errors. */
function fileNames(): (string | null)[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = frameLimit;
    Error.prepareStackTrace = (_error, calls) =>
      calls.map((call) => call.getScriptNameOrSourceURL() as string | null);
    Error.captureStackTrace(holder);
    return Array.isArray(holder.stack) ? (holder.stack as (string | null)[]) : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}
