import { runInNewContext } from 'node:vm';

/**
 * Names that mean the language's own global, whatever a namespace holds: `Math`, `undefined`, `JSON`.
 * Names of Node (`fetch`, `performance`, `crypto`) are not among them: cells import things so named.
 */
export function isGlobalName(name: string): boolean {
  return languageGlobals.has(name);
}

const fromOutside = ['console', 'require', '__dirname', '__filename', 'arguments', 'exports'];

const languageGlobals: ReadonlySet<string> = new Set([...readGlobals(), ...fromOutside]);

function readGlobals(): string[] {
  const names: unknown = runInNewContext('Object.getOwnPropertyNames(globalThis)');
  return Array.isArray(names) ? names.map(String) : [];
}
