import type { Readable } from 'node:stream';

/** Longest line taken; a sender of a longer one is cut off. */
const limitChars = 1 << 16;

/** Calls `onLine` with each whole line of `stream`. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > limitChars) stream.destroy();
    for (const line of lines) onLine(line);
  });
}
