import { createRequire } from 'node:module';
import type * as TsConfig from 'get-tsconfig';

const require = createRequire(import.meta.url);

/**
 * The paths that `specifier` may stand for by the nearest tsconfig.json above `folder`, best first. Of a
 * file that is broken the compiler tells: it maps nothing.
 *
 * Read without TypeScript, which engines and the main thread of a kernel do not load; what reads it is
 * loaded by the first import, since most engines start without one.
 */
export function mappedPaths(specifier: string, folder: string): readonly string[] {
  const { createPathsMatcher, getTsconfig } = require('get-tsconfig') as typeof TsConfig;
  try {
    const config = getTsconfig(folder);
    return (config && createPathsMatcher(config)?.(specifier)) ?? [];
  } catch {
    return [];
  }
}
