import { charactersOf, type ResultOutput } from '../client/outputs.js';
import type { MimeBundle } from '../wire/contents.js';
import { rangesOf } from './engine-ranges.js';
import { type Row, tableBundle } from './folded-table.js';
import type { MagicOutput } from './magic-output.js';

/** What the last expression of a cell gave on one engine. */
export interface EngineResult {
  readonly engineId: number | undefined;
  readonly result: ResultOutput;
}

/** Results that are alike. */
interface Folded {
  readonly label: string;
  readonly data: MimeBundle;
  readonly result: ResultOutput;
}

/**
 * Shows results in this order, those that are alike as one: `Out[0-3:1]: 4`. Texts come together, as text
 * and as a table; what is more than text keeps an output of its own, below its label.
 */
export function showResults(results: readonly EngineResult[], output: MagicOutput): void {
  let rows: Row[] = [];
  let richCount = 0;
  const showRows = (): void => {
    if (rows.length > 0) output.display(tableBundle(rows));
    rows = [];
  };
  for (const { label, data, result } of folded(results)) {
    const isText = isPlainText(data) || richCount >= richShown;
    if (isText) {
      rows.push({ label, text: plainText(data) });
      continue;
    }
    richCount += 1;
    showRows();
    output.display({ 'text/plain': label });
    output.display(data, { metadata: result.metadata });
  }
  showRows();
}

export function isPlainText(data: MimeBundle): boolean {
  return Object.keys(data).every((type) => type === 'text/plain');
}

export function plainText(data: MimeBundle): string {
  const plain = data['text/plain'];
  return typeof plain === 'string' ? plain : '';
}

function folded(results: readonly EngineResult[]): Folded[] {
  const groups = new Map<unknown, EngineResult[]>();
  for (const each of results) {
    const key = keyOf(each.result);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ label: labelOf(group), data: first.result.data, result: first.result }];
  });
}

function labelOf(group: readonly EngineResult[]): string {
  const engines = group.map(({ engineId }) => engineId).filter((id) => id !== undefined);
  const counts = group.map(({ result }) => result.executionCount);
  const which = engines.length === 0 ? '?' : rangesOf(engines);
  return `Out[${which}:${rangesOf(counts)}]:`;
}

/** What is very large is not compared: nobody would read it twice anyway. */
function keyOf(result: ResultOutput): unknown {
  if (isPlainText(result.data)) return plainText(result.data);
  return charactersOf(result) > longestCompared ? result : JSON.stringify(result.data);
}

const longestCompared = 100_000;
const richShown = 100;
