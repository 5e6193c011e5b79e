import { readFileSync } from 'node:fs';
import type { LoadHook, ResolveHook } from 'node:module';
import { dirname, extname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locate } from './local-modules.js';
import { moduleFromTypeScript } from './transpile-module.js';

// Hooks of Node's loader, which run in a thread of their own:
// https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks

/** Local modules are resolved as TypeScript does it; everything else as Node does. */
export const resolve: ResolveHook = (specifier, context, next) => {
  const isLocated = /^file:.*\?pxlab=/.test(specifier);
  const url = isLocated ? specifier : located(specifier, context.parentURL);
  if (url === undefined) return next(specifier, context);
  const importAttributes = attributesOf(url, context.importAttributes);
  return { url, importAttributes, shortCircuit: true };
};

function located(specifier: string, parentUrl: string | undefined): string | undefined {
  if (parentUrl?.startsWith('file:') !== true) return undefined;
  const parent = fileURLToPath(parentUrl);
  return parent.includes(`${sep}node_modules${sep}`)
    ? undefined
    : locate(specifier, dirname(parent));
}

type Attributes = Parameters<ResolveHook>[1]['importAttributes'];

/** TypeScript takes JSON without being told so. */
function attributesOf(url: string, given: Attributes): Attributes {
  return pathOf(url).endsWith('.json') ? { ...given, type: 'json' } : given;
}

const compiled: ReadonlySet<string> = new Set(['.ts', '.tsx', '.mts', '.jsx']);

export const load: LoadHook = (url, context, next) => {
  const path = pathOf(url);
  if (!compiled.has(extname(path)) || path.includes(`${sep}node_modules${sep}`)) {
    return next(url, context);
  }
  const source = moduleFromTypeScript(readFileSync(path, 'utf8'), path);
  return { format: 'module', source, shortCircuit: true };
};

function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}
