import { fileURLToPath } from 'node:url';
import { capturedCalls, linesOf } from '../captured-calls.js';
import { strikeScript } from './interrupt-link.js';
import type { StruckFrame } from './may-strike.js';

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
export function isOwn(file: string): boolean {
  const path = file.startsWith('file://') ? file.slice('file://'.length) : file;
  if (ownPackages.some((folder) => path.includes(folder))) return true;
  return path.startsWith(ownFolder) && !path.slice(ownFolder.length - 1).includes(packages);
}

function fileNames(): (string | null | undefined)[] {
  const calls = capturedCalls((call) => call.getScriptNameOrSourceURL());
  return typeof calls === 'string' ? linesOf(calls).map(fileOfLine) : calls;
}

/** The file of `    at name (file:1:2)` or `    at file:1:2`, by searching alone. */
export function fileOfLine(line: string): string {
  const start = line.endsWith(')') ? line.lastIndexOf('(') + 1 : line.indexOf('at ') + 'at '.length;
  const column = line.lastIndexOf(':');
  const row = line.lastIndexOf(':', column - 1);
  return row < start ? '' : line.slice(start, row);
}
