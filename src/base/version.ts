import { readFileSync } from 'node:fs';

/** Version of this package, from its package.json. */
export const version: string = readVersion();

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const description: unknown = JSON.parse(text);
  return typeof description === 'object' && description !== null && 'version' in description
    ? String(description.version)
    : '0.0.0';
}
