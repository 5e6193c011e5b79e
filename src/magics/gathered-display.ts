import type { DisplayOutput, EngineOutputs } from '../client/outputs.js';
import { ErrorGroups, errorLabel, isByStop, stackOf } from './error-groups.js';
import { tableBundle } from './folded-table.js';
import type { Grouping } from './magic-flags.js';
import type { MagicOutput, StreamName } from './magic-output.js';
import { cutNote } from './outputs-display.js';
import { showDisplay } from './show-display.js';
import { showResults } from './show-results.js';

/**
 * Shows all that engines showed, at once and in their order: first everything printed, then displays and
 * results (`type`); the same with the first display of each engine before the second ones (`order`); or
 * everything of one engine before the next (`engine`). Errors come last.
 *
 * Source: ipyparallel 9.2, `ipyparallel/client/asyncresult.py`, `display_outputs`.
 */
export function showGathered(
  engines: readonly EngineOutputs[],
  output: MagicOutput,
  options: { readonly grouping: Grouping; readonly showsErrors: boolean },
): void {
  if (options.grouping === 'engine') {
    for (const engine of engines.slice(0, enginesShown)) showTogether([engine], output, 'type');
    const rest = engines.length - enginesShown;
    if (rest > 0) {
      output.stream(
        'stderr',
        `… ${rest} more engines: px.last()!.outputs holds what they showed.\n`,
      );
    }
  } else showTogether(engines, output, options.grouping);
  if (options.showsErrors) showErrors(engines, output);
}

function showTogether(
  engines: readonly EngineOutputs[],
  output: MagicOutput,
  grouping: 'type' | 'order',
): void {
  showStream(engines, output, 'stdout');
  showStream(engines, output, 'stderr');
  for (const display of displaysOf(engines, grouping)) showDisplay(display, output);
  const results = engines.flatMap(({ engineId, result }) =>
    result === undefined ? [] : [{ engineId, result }],
  );
  showResults(results, output);
}

function showStream(
  engines: readonly EngineOutputs[],
  output: MagicOutput,
  name: StreamName,
): void {
  const texts = engines.map((engine) => {
    const { engineId, cutCount: count } = engine;
    const text = prefixed(`[${name}:${engineId ?? '?'}] `, engine[name]);
    return name === 'stderr' && count > 0 ? text + cutNote({ engineId, count }) : text;
  });
  const all = texts.join('');
  if (all !== '') output.stream(name, all);
}

function prefixed(prefix: string, text: string): string {
  if (text === '') return '';
  const lines = text.replace(/\r\n/g, '\n').replace(/\n$/, '').split('\n');
  return lines.map((line) => `${prefix}${line}\n`).join('');
}

function displaysOf(
  engines: readonly EngineOutputs[],
  grouping: 'type' | 'order',
): (DisplayOutput & { engineId: number | undefined })[] {
  const all = engines.flatMap(({ engineId, displays }) =>
    displays.map((display, place) => ({ ...display, engineId, place })),
  );
  return grouping === 'type' ? all : all.sort((a, b) => a.place - b.place);
}

function showErrors(engines: readonly EngineOutputs[], output: MagicOutput): void {
  const groups = new ErrorGroups();
  for (const { engineId, error } of engines) {
    if (error !== undefined && !isByStop(error)) groups.add(engineId, error);
  }
  const rows = groups
    .take()
    .map((group) => ({ label: errorLabel(group), text: stackOf(group), isStack: true }));
  if (rows.length > 0) output.display(tableBundle(rows));
}

/** Each is several outputs of the page. */
const enginesShown = 200;
