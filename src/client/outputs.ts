import type { MimeBundle } from '../wire/contents.js';
import type { JsonObject } from '../wire/message.js';

/** Something that a task showed while it ran. */
export type OutputBody =
  | { readonly type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | {
      readonly type: 'display' | 'display-update';
      readonly data: MimeBundle;
      readonly metadata: JsonObject;
      readonly displayId?: string;
    }
  /** Earlier outputs of the task are to go: at once, or when the next one comes. */
  | { readonly type: 'clear'; readonly wait: boolean }
  | {
      readonly type: 'result';
      readonly data: MimeBundle;
      readonly metadata: JsonObject;
      readonly executionCount: number;
    }
  | {
      readonly type: 'error';
      readonly name: string;
      readonly message: string;
      readonly traceback: readonly string[];
    }
  /** Outputs that a late or slow listener does not get any more: see {@link OutputLog}. */
  | { readonly type: 'cut'; readonly count: number; readonly characters: number };

/** An output with its origin. */
export type Output = OutputBody & {
  /** Undefined for a load-balanced task that no engine has begun. */
  readonly engineId: number | undefined;
  readonly messageId: string;
};

export type DisplayOutput = Extract<OutputBody, { type: 'display' | 'display-update' }>;
export type ResultOutput = Extract<OutputBody, { type: 'result' }>;
export type ErrorOutput = Extract<OutputBody, { type: 'error' }>;

/** What one task showed, gathered. */
export interface EngineOutputs {
  readonly engineId: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly displays: readonly DisplayOutput[];
  readonly result?: ResultOutput;
  readonly error?: ErrorOutput;
  /** Outputs that were cut because the task showed more than is kept; 0 as a rule. */
  readonly cutCount: number;
}

interface Gathering {
  stdout: string[];
  stderr: string[];
  displays: DisplayOutput[];
  result?: ResultOutput;
  error?: ErrorOutput;
  cutCount: number;
  clearsNext: boolean;
}

/** Gathers the outputs of one task as a front end would leave them on the page. */
export function gatherOutputs(
  engineId: number | undefined,
  outputs: Iterable<OutputBody>,
): EngineOutputs {
  const gathering: Gathering = {
    stdout: [],
    stderr: [],
    displays: [],
    cutCount: 0,
    clearsNext: false,
  };
  for (const output of outputs) gather(gathering, output);
  const { result, error, displays, cutCount } = gathering;
  return {
    engineId,
    stdout: withoutOverwritten(gathering.stdout.join('')),
    stderr: withoutOverwritten(gathering.stderr.join('')),
    displays,
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
    cutCount,
  };
}

function gather(into: Gathering, output: OutputBody): void {
  clearIfDue(into, output);
  switch (output.type) {
    case 'stream':
      into[output.name].push(output.text);
      break;
    case 'display':
      into.displays.push(output);
      break;
    case 'display-update':
      into.displays = updated(into.displays, output);
      break;
    case 'clear':
      into.clearsNext = output.wait;
      if (!output.wait) clear(into);
      break;
    case 'result':
      into.result = output;
      break;
    case 'error':
      into.error = output;
      break;
    case 'cut':
      into.cutCount += output.count;
      break;
  }
}

function clearIfDue(into: Gathering, { type }: OutputBody): void {
  if (into.clearsNext && type !== 'clear' && type !== 'cut') clear(into);
}

function updated(displays: readonly DisplayOutput[], update: DisplayOutput): DisplayOutput[] {
  return displays.map((display) =>
    display.displayId === update.displayId ? { ...update, type: 'display' } : display,
  );
}

function clear(into: Gathering): void {
  into.stdout = [];
  into.stderr = [];
  into.displays = [];
  into.clearsNext = false;
}

/** A carriage return overwrites its line, as progress bars do in a terminal. */
function withoutOverwritten(text: string): string {
  return text.includes('\r') ? text.replace(/[^\n]*\r(?=[^\r\n])/g, '') : text;
}

/** Characters that an output holds, roughly: what its memory is counted by. */
export function charactersOf(output: OutputBody): number {
  switch (output.type) {
    case 'stream':
      return output.text.length;
    case 'error':
      return output.traceback.reduce((sum, line) => sum + line.length, output.message.length);
    case 'display':
    case 'display-update':
    case 'result':
      return Object.values(output.data).reduce<number>(
        (sum, value) =>
          sum + (typeof value === 'string' ? value.length : JSON.stringify(value ?? null).length),
        0,
      );
    case 'clear':
    case 'cut':
      return 0;
  }
}
