import type { PxPart, TypeScriptPart } from './parts.js';

/** What `%autopx` makes of the notebook's own TypeScript: a cell for engines. Undefined while it is off. */
export function redirect(
  { code, shift }: TypeScriptPart,
  suffix: string | undefined,
): PxPart | undefined {
  if (suffix === undefined) return undefined;
  return { type: 'px', suffix, flags: {}, code, shift, isRedirected: true };
}
