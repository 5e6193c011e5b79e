import { fileURLToPath } from 'node:url';
import type { CellSources } from './cell-sources.js';

/** One line of a stack, in the cell's own lines where it is of a cell. */
export interface Frame {
  readonly functionName: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly isCell: boolean;
}

const framePattern = /^\s*at (?:async )?(?:(.+?) \()?(.+?):(\d+):(\d+)\)?$/;
const ownFolder = fileURLToPath(new URL('..', import.meta.url));
const frameLimit = 20;
const callFile = fileURLToPath(new URL('./cell-script.js', import.meta.url));

/** The user's frames of `stack`: those of Node and of this package say nothing about their code. */
export function framesOf(stack: string, sources: CellSources): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split('\n')) {
    const frame = parseFrame(line);
    if (frame !== undefined && isCallOfCell(frame)) break; // what follows called the cell
    if (frame === undefined || isInternal(frame.file)) continue;
    const mapped = inCell(frame, sources);
    if (mapped !== undefined) frames.push(mapped);
    if (frames.length === frameLimit) break;
  }
  return frames;
}

function isCallOfCell({ file }: Frame): boolean {
  return pathOf(file) === callFile;
}

/** Files that are no user's. */
function isInternal(file: string): boolean {
  return file.startsWith('node:') || isOwnFile(file);
}

/** The modules of this package. */
function isOwnFile(file: string): boolean {
  return pathOf(file).startsWith(ownFolder);
}

function pathOf(file: string): string {
  return file.startsWith('file://') ? file.slice('file://'.length) : file;
}

function parseFrame(line: string): Frame | undefined {
  const [, functionName = '', file, row, column] = framePattern.exec(line) ?? [];
  if (file === undefined) return undefined;
  return { functionName, file, line: Number(row), column: Number(column), isCell: false };
}

/** Undefined for the code that the compiler put around a cell. */
function inCell(frame: Frame, sources: CellSources): Frame | undefined {
  if (!sources.has(frame.file)) return frame;
  const position = sources.original(frame.file, frame);
  return position === undefined ? undefined : { ...frame, ...position, isCell: true };
}
