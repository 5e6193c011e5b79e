import { fileURLToPath } from 'node:url';
import { strikeScript } from './interrupt-link.js';
import type { StruckFrame } from './may-strike.js';

const frameLimit = 1000;
/** This package, and those below it that work for it on the main thread: sockets, the compiler. */
const ownFolder = fileURLToPath(new URL('../../..', import.meta.url));
const packages = '/node_modules/';
const ownPackages = [
  'zeromq',
  'acorn',
  'eslint-scope',
  'esrecurse',
  'estraverse',
  'magic-string',
  '@jridgewell',
  'typescript',
].map((name) => `${packages}${name}/`);

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

function frameOf(
  file: string | null | undefined,
  isCell: (file: string) => boolean,
): StruckFrame | undefined {
  if (!file) return undefined; // a built-in such as Array.prototype.sort
  if (file.startsWith('node:')) return 'node';
  if (isOwn(file)) return 'own';
  return isCell(file) || file.startsWith('wasm:') ? 'user' : 'library';
}

/** By searching alone: it is called in the midst of any code, a regular expression among it. */
function isOwn(file: string): boolean {
  const path = file.startsWith('file://') ? file.slice('file://'.length) : file;
  if (ownPackages.some((folder) => path.includes(folder))) return true;
  return path.startsWith(ownFolder) && !path.slice(ownFolder.length - 1).includes(packages);
}

/** The whole stack by file, whatever the user set for the stacks of errors. */
function fileNames(): (string | null | undefined)[] {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = frameLimit;
    Error.prepareStackTrace = (_error, calls) =>
      calls.map((call) => call.getScriptNameOrSourceURL());
    Error.captureStackTrace(holder);
    const { stack } = holder;
    if (Array.isArray(stack)) return stack as (string | null | undefined)[];
    // In the midst of another stack being written, V8 writes this one in its own way.
    return typeof stack === 'string' ? stack.split('\n').slice(1).map(fileOfLine) : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Object.defineProperty(Error, 'prepareStackTrace', prepare);
  }
}

/** The file of `    at name (file:1:2)` or `    at file:1:2`, by searching alone. */
function fileOfLine(line: string): string {
  const start = line.endsWith(')') ? line.lastIndexOf('(') + 1 : line.indexOf('at ') + 'at '.length;
  const column = line.lastIndexOf(':');
  const row = line.lastIndexOf(':', column - 1);
  return row < start ? '' : line.slice(start, row);
}
