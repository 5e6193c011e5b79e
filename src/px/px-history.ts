import { inspect } from 'node:util';
import type { AsyncResult } from '../client/async-result.js';
import { displaySymbol } from '../runtime/mime-bundle.js';
import { tableBundle } from '../runtime/table.js';
import type { MimeBundle } from '../wire/contents.js';
import { cutCountOf, type HistoryEntry } from './result-history.js';

/** The answer of `px.history()`: the results themselves, shown as a table. */
export class PxHistory extends Array<AsyncResult<unknown[]>> {
  /** What `map` and `filter` make of it is a plain array. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** @internal */
  constructor(entries: readonly HistoryEntry[]) {
    super();
    this.push(...entries.map(({ result }) => result));
    const hidden = (key: symbol, value: unknown): void => {
      Object.defineProperty(this, key, { value });
    };
    hidden(displaySymbol, () => historyBundle(entries));
    hidden(inspect.custom, () => historyBundle(entries)['text/plain']);
  }
}

function historyBundle(entries: readonly HistoryEntry[]): MimeBundle {
  if (entries.length === 0) {
    const text = 'No results yet: those of the last %px lines and %%px cells are kept here.';
    return { 'text/plain': text, 'text/html': `<p>${text}</p>` };
  }
  const table = tableBundle(entries.map(rowOf));
  const cut = entries.filter(({ result }) => cutCountOf(result) > 0).length;
  if (cut === 0) return table;
  const whose = cut === 1 ? 'one result' : `${cut} results`;
  const note = `The oldest outputs of ${whose} were cut: there were too many to keep.`;
  return {
    'text/plain': `${String(table['text/plain'])}\n${note}`,
    'text/html': `${String(table['text/html'])}<p>${note}</p>`,
  };
}

function rowOf(entry: HistoryEntry): Record<string, string> {
  const { result, cell, title, sentAt, isFoundAgain } = entry;
  return {
    cell: isFoundAgain ? `${cell}, before the restart` : cell,
    code: title,
    engines: enginesOf(result),
    status: statusOf(result),
    started: timeOf(sentAt),
    time: `${(result.elapsedMs / 1000).toFixed(2)} s`,
  };
}

/** `0–3, 7` */
function enginesOf({ tasks }: AsyncResult<unknown>): string {
  const ids = tasks.flatMap(({ engineId }) => engineId ?? []).sort((a, b) => a - b);
  const runs: [first: number, last: number][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === id - 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');
}

function statusOf({ tasks, total, progress }: AsyncResult<unknown>): string {
  const count = (...statuses: string[]): number =>
    tasks.filter(({ status }) => statuses.includes(status)).length;
  const of = (number: number): string => (number === total ? '' : `${number} of ${total} `);
  const [failed, cancelled] = [count('error', 'lost'), count('cancelled')];
  const parts = [
    ...(progress < total ? [`running, ${progress} of ${total} done`] : []),
    ...(failed > 0 ? [`${of(failed)}failed`] : []),
    ...(cancelled > 0 ? [`${of(cancelled)}stopped`] : []),
  ];
  return parts.length === 0 ? 'done' : parts.join(', ');
}

/** The time of day; with the date when that is not today. */
function timeOf(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  if (date.toDateString() === new Date().toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
