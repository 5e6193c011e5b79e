import { constants } from 'node:os';
import { ParallelError } from '../base/errors.js';
import { parseTargets } from '../client/targets.js';
import { isPort } from '../wire/debug-messages.js';
import { didYouMean } from './did-you-mean.js';

/** What the flags of a magic say; absent where nothing was said. */
export interface MagicFlags {
  /** As typed: `all`, `2`, `0,2`, `0:4:2`; which engines these are is known when the cell runs. */
  readonly targets?: string;
  readonly block?: boolean;
  /** Outputs are shown as they come; otherwise at the end, grouped. */
  readonly stream?: boolean;
  readonly grouping?: Grouping;
  /** Variable of the notebook that holds the cell's AsyncResult afterwards. */
  readonly out?: string;
  readonly isLocal?: boolean;
  readonly isVerbose?: boolean;
  /** When the progress bar comes; Infinity for never. */
  readonly progressAfterMs?: number;
  readonly signalOnInterrupt?: InterruptSignal;
  readonly timeoutMs?: number;
  /** On which a debugger listens. */
  readonly port?: number;
}

/** How gathered outputs are arranged. */
export type Grouping = 'type' | 'engine' | 'order';

/** What Stop sends to the engines; `none` leaves them alone. */
export type InterruptSignal = NodeJS.Signals | 'none';

export interface Flag {
  readonly names: readonly string[];
  /** What follows it, as the messages call it; absent for a switch. */
  readonly value?: string;
  /** The values that there are, for completion; absent where they are no fixed list. */
  readonly choices?: readonly string[];
  readonly about: string;
  read(value: string, name: string): MagicFlags;
}

const groupings: readonly Grouping[] = ['type', 'engine', 'order'];

/** Flags that say how code runs on engines; `%pxconfig` keeps them. */
export const execFlags: readonly Flag[] = [
  {
    names: ['--targets', '-t'],
    value: 'TARGETS',
    choices: ['all', 'typescript', 'python'],
    about: 'engines to run on: all, 2, 0,2, a slice such as 0:4:2, or a language such as python',
    read: targetsFlag,
  },
  {
    names: ['--block', '-b'],
    about: 'wait for the engines and show what they show (default)',
    read: () => ({ block: true }),
  },
  {
    names: ['--noblock', '--no-block', '-a'],
    about: 'do not wait: the value of the cell is an AsyncResult',
    read: () => ({ block: false }),
  },
  {
    names: ['--stream'],
    about: 'show outputs as they come (default)',
    read: () => ({ stream: true }),
  },
  {
    names: ['--no-stream'],
    about: 'show outputs at the end, grouped',
    read: () => ({ stream: false }),
  },
  {
    names: ['--progress-after'],
    value: 'SECONDS',
    about: 'when the progress bar comes: 0 at once, -1 never (default 2)',
    read: (text) => ({ progressAfterMs: progressDelay(text) }),
  },
  {
    names: ['--signal-on-interrupt'],
    value: 'SIGNAL',
    choices: ['SIGINT', 'SIGTERM', 'SIGKILL', '0'],
    about: 'what Stop sends to the engines: SIGINT stops the cell (default), 0 lets it run on',
    read: (text) => ({ signalOnInterrupt: signalOf(text) }),
  },
  {
    names: ['--verbose'],
    about: 'say on which engines each cell runs',
    read: () => ({ isVerbose: true }),
  },
  { names: ['--no-verbose'], about: 'do not (default)', read: () => ({ isVerbose: false }) },
];

/** Flags that say how outputs are shown. */
export const outputFlags: readonly Flag[] = [
  {
    names: ['--group-outputs'],
    value: 'type|engine|order',
    choices: groupings,
    about:
      'show outputs at the end: by type, by engine, or the first display of each, the second …',
    read: (text) => ({ grouping: groupingOf(text) }),
  },
  { names: ['-e'], about: 'as --group-outputs engine', read: () => ({ grouping: 'engine' }) },
  { names: ['-r'], about: 'as --group-outputs order', read: () => ({ grouping: 'order' }) },
  {
    names: ['--out', '-o'],
    value: 'NAME',
    about: 'keep the AsyncResult in this variable of the notebook',
    read: (out, name) => ({ out: identifier(out, name) }),
  },
];

/** Flags of `%px` and `%%px`. */
export const pxFlags: readonly Flag[] = [
  ...execFlags,
  ...outputFlags,
  {
    names: ['--local'],
    about: 'run the cell in the notebook too, while the engines run it',
    read: () => ({ isLocal: true }),
  },
  {
    names: ['--timeout'],
    value: 'SECONDS',
    about: 'interrupt what is not finished by then',
    read: (text) => ({ timeoutMs: milliseconds(text) }),
  },
];

/** What can stand as a word, too. */
export const stackFlags: readonly Flag[] = [
  {
    names: ['--targets', '-t'],
    value: 'TARGETS',
    choices: ['all'],
    about: 'engines to look at (default: all)',
    read: targetsFlag,
  },
];

export const inspectFlags: readonly Flag[] = [
  {
    names: ['--targets', '-t'],
    value: 'TARGETS',
    choices: ['all'],
    about: 'engines to debug: all, 2, 0,2 or a slice (default: not engines, but the kernel)',
    read: targetsFlag,
  },
  {
    names: ['--port'],
    value: 'PORT',
    about: 'where to listen, on 127.0.0.1 of its own machine (default: a free port)',
    read: (text) => ({ port: portOf(text) }),
  },
];

/** Whether there are such engines is known when the cell runs; whether it is a list at all, now. */
function targetsFlag(targets: string): MagicFlags {
  parseTargets(targets);
  return { targets };
}

function identifier(text: string, name: string): string {
  if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text)) return text;
  throw new ParallelError('BAD_ARGUMENT', `${name} needs the name of a variable, got '${text}'.`);
}

function milliseconds(text: string): number {
  const seconds = Number(text);
  if (text !== '' && seconds > 0 && Number.isFinite(seconds)) return seconds * 1000;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `--timeout needs a number of seconds above 0, got '${text}'.`,
  );
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && isPort(port)) return port;
  throw new ParallelError('BAD_ARGUMENT', `--port needs a port from 0 to 65535, got '${text}'.`);
}

function progressDelay(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && !Number.isNaN(seconds)) return seconds < 0 ? Infinity : seconds * 1000;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `--progress-after needs a number of seconds, 0 for at once or -1 for never, got '${text}'.`,
  );
}

function groupingOf(text: string): Grouping {
  const found = groupings.find((grouping) => grouping === text);
  if (found !== undefined) return found;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `--group-outputs needs type, engine or order, got '${text}'.${didYouMean(text, groupings)}`,
  );
}

/** `SIGINT`, `int` and `2` are the same. */
function signalOf(text: string): InterruptSignal {
  if (/^0+$/.test(text)) return 'none';
  const name = text.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  const found = Object.entries(constants.signals).find(
    ([candidate, number]) => candidate === name || String(number) === text,
  );
  if (found !== undefined) return found[0] as NodeJS.Signals;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `--signal-on-interrupt needs a signal such as SIGINT, SIGTERM or 9, or 0 for none, got '${text}'.`,
  );
}
