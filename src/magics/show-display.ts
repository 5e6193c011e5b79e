import type { DisplayOutput } from '../client/outputs.js';
import type { DisplayOptions, MagicOutput } from './magic-output.js';
import { isPlainText, plainText } from './show-results.js';

/**
 * Shows what an engine displayed, with the engine in front: `[output:2]`.
 *
 * @param labelId - Display id of that label, where it stands alone.
 */
export function showDisplay(
  display: DisplayOutput & { readonly engineId: number | undefined },
  output: MagicOutput,
  labelId?: string,
): void {
  const { data, metadata, displayId: id } = display;
  const label = `[output:${display.engineId ?? '?'}]`;
  const isPlain = isPlainText(data);
  const update = display.type === 'display-update';
  const options: DisplayOptions = {
    metadata,
    update,
    ...(id === undefined ? {} : { id }),
  };
  if (!isPlain && !update) {
    output.display({ 'text/plain': label }, labelId === undefined ? {} : { id: labelId });
  }
  const text = plainText(data);
  const between = text.includes('\n') ? '\n' : ' ';
  output.display(isPlain ? { 'text/plain': label + between + text } : data, options);
}
