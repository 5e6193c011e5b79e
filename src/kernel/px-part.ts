import type { MagicOutput } from '../magics/magic-output.js';
import type { NotebookMagics } from '../magics/notebook-magics.js';
import type { MagicPart } from '../magics/parse-cell.js';
import type { OutputPort } from '../runtime/output-port.js';
import { type MagicPartContext, noValue, type PartOutcome } from './execute.js';

/** Runs the parts of cells that are magics. */
export function magicRunner(
  magics: NotebookMagics,
  output: OutputPort,
): (part: MagicPart, context: MagicPartContext) => Promise<PartOutcome> {
  return async (part, { id, name, signal, runLocally }) => {
    const outcome = await magics.run(part, {
      output: magicOutput(output, id),
      cellName: name,
      signal,
      runLocally,
    });
    if (outcome.status === 'error') {
      const traceback = [...outcome.error.traceback];
      return { status: 'error', error: { ...outcome.error, traceback } };
    }
    if (outcome.result === undefined) return noValue;
    return { status: 'ok', hasValue: true, value: outcome.result, bundle: {} };
  };
}

/** What a magic shows is an output of the cell `id`. */
function magicOutput(output: OutputPort, id: string): MagicOutput {
  return {
    stream: (name, text) => output.stream(id, name, text),
    display: (data, { metadata = {}, id: displayId, update = false } = {}) => {
      const transient = displayId === undefined ? {} : { display_id: displayId };
      const type = update ? 'update_display_data' : 'display_data';
      output.message({ id, type, content: { data, metadata, transient } });
    },
  };
}
