import { noDeclarations, type Declarations } from '../wire/cell.js';
import { namesOf } from './declarations.js';

/** Whose namespace a cell is compiled for. */
export type Side = 'notebook' | 'engine';

/** Names that are there on both sides without being declared, bound at run time as `exports.px` and so on. */
export const ambientNames: ReadonlySet<string> = new Set(['px', 'display', 'comms', 'input']);

/** Module that holds what the engines declare, for the type of `px.pull`. */
export const enginesModule = '__engines__';

/**
 * Declarations of the ambient names. They stand in a file of their own, so that they never become part
 * of a namespace's declarations.
 */
export function ambientText(side: Side, engines: Declarations | undefined): string {
  const notebookOnly = side === 'notebook' ? notebookText : '';
  return `${pxText(side, engines)}\ndeclare const display: import('pxlab').Display;\n${notebookOnly}`;
}

const notebookText = `declare const comms: import('pxlab').NotebookComms;
/** Asks the user for a line. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
`;

function pxText(side: Side, engines: Declarations = noDeclarations): string {
  if (side === 'engine') return `declare const px: import('pxlab').EnginePx;`;
  const { values, literals } = namesOf(engines);
  if (values.length === 0) return `declare const px: import('pxlab').NotebookPx;`;
  const members = values.map((name) => {
    const type = literals.get(name) ?? `typeof import('./${enginesModule}').${name}`;
    return `  ${name}: ${type};`;
  });
  return `declare const px: import('pxlab').NotebookPx<{\n${members.join('\n')}\n}>;`;
}

/** A namespace's declarations as a module that can be imported from. */
export function moduleText(declarations: Declarations): string {
  const { values, types } = namesOf(declarations);
  const names = [...new Set([...values, ...types])];
  return `${declarations.text}\nexport { ${names.join(', ')} };\n`;
}
