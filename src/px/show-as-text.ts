import { inspect } from 'node:util';
import { displaySymbol } from '../runtime/mime-bundle.js';
import type { MimeBundle } from '../wire/contents.js';

/** Makes an object show itself as its text: as the value of a cell, and where it is printed. */
export function showAsText(object: { toString(): string }): void {
  const hidden = (key: symbol, value: unknown): void => {
    Object.defineProperty(object, key, { value });
  };
  hidden(displaySymbol, (): MimeBundle => ({ 'text/plain': object.toString() }));
  hidden(inspect.custom, () => object.toString());
}
