import type { CompiledCell } from '../../../src/wire/cell.js';

/** A cell as the compiler would make it, of JavaScript by hand. */
export function cell(javascript: string, given: Partial<CompiledCell> = {}): CompiledCell {
  const keyword = given.isAsync === true ? 'async function' : 'function';
  return {
    format: 1,
    language: 'typescript',
    name: 'Cell [1]',
    javascript: `(${keyword} (exports, require, __px) { "use strict"; ${javascript}\n})`,
    sourceMap: '',
    isAsync: false,
    names: [],
    resolveFrom: process.cwd(),
    ...given,
  };
}
