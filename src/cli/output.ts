import { styleText } from 'node:util';
import { deferred } from '../base/deferred.js';

/** What a command says goes to stdout: as text for people, or as JSON for programs. */
export function print(text: string): void {
  write(`${text}\n`);
}

/** As {@link print}, with the ends of lines in the text. */
export function write(text: string): void {
  guard(process.stdout).write(text);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** What is for people alone, so that stdout stays what was asked for. */
export function note(text: string): void {
  writeNote(`${text}\n`);
}

/** As {@link note}, with the ends of lines in the text. */
export function writeNote(text: string): void {
  guard(process.stderr).write(text);
}

/** As {@link note}, for what is of interest only while one waits for it. */
export function noteProgress(text: string): void {
  if (process.stderr.isTTY) note(text);
}

/** Columns of the terminal; without limit when the output goes to a file or another program. */
export function outputWidth(): number {
  if (!process.stdout.isTTY) return Infinity;
  return process.stdout.columns || 80; // a terminal that does not know tells 0
}

type Style = Parameters<typeof styleText>[0];

/** Only on a terminal with colours, and never with NO_COLOR. */
export function styled(style: Style, text: string): string {
  return process.stdout.isTTY && process.stdout.hasColors() ? styleText(style, text) : text;
}

/** `1 engine`, `4 engines`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const closed = deferred();
/** Resolves when nobody reads stdout any more, as after `| head -1`. */
export const outputClosed: Promise<void> = closed.promise;

const guarded = new Set<NodeJS.WriteStream>();

/** A reader that has gone (EPIPE), or a terminal that was closed (EIO), is no fault. */
function guard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    stream.on('error', () => {
      if (stream === process.stdout) closed.resolve();
    });
  }
  return stream;
}
