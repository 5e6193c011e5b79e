import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The Python of the environment that `npm test` makes, with Jupyter's client and ipyparallel. */
export function pythonPath(): string {
  const path = fileURLToPath(new URL('../../.pxlab/python/bin/python', import.meta.url));
  if (!existsSync(path))
    throw new Error('No Python environment: run `npm test` once, which makes it.');
  return path;
}
