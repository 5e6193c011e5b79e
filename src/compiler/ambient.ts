import type { Declarations } from '../wire/cell.js';
import { namesOf } from './declarations.js';

/** Whose namespace a cell is compiled for. */
export type Side = 'notebook' | 'engine';

/** Names that are there on both sides without being declared, bound at run time as `exports.px` and so on. */
export const ambientNames: ReadonlySet<string> = new Set(['px', 'display', 'comms', 'input']);

/** Module that holds what the engines declare, for the type of `px.pull`. */
export const enginesModule = '__engines__';

/**
 * Declarations of the ambient names. They stand in a file of their own, which encloses a namespace's declarations as
 * those enclose the cell, so that they never become part of them: a module, so that the sides can take turns.
 *
 * Both texts name the same modules: what one has read is known to the other.
 */
export const ambientTexts: Readonly<Record<Side, string>> = {
  notebook: `
export {};
declare const px: import('pxlab').NotebookPx<import('./${enginesModule}').EngineVariables>;
declare const display: import('pxlab').Display;
declare const comms: import('pxlab').NotebookComms;
/** Asks the user for a line. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
`,
  engine: `
export {};
declare const px: import('pxlab').EnginePx;
type __EngineVariables = import('./${enginesModule}').EngineVariables;
declare const display: import('pxlab').Display;
type __EngineDisplay = import('pxlab').Display;
`,
};

/** The engines' declarations as a module, with their variables as one type. */
export function enginesText(declarations: Declarations): string {
  const { values, types, literals } = namesOf(declarations);
  const members = values.map((name) => `  ${name}: ${literals.get(name) ?? `typeof ${name}`};\n`);
  const names = [...new Set([...values, ...types])];
  return `${declarations.text}
export interface EngineVariables {
${members.join('')}}
export { ${names.join(', ')} };
`;
}
