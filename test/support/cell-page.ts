import type { Pending } from './jupyter-client.js';

type Answer = Awaited<Pending>;

/** What a cell showed, in order: streams as text, displays and results by their text, errors by name. */
export function page({ outputs }: Pick<Answer, 'outputs'>): string[] {
  return outputs.map(({ type, content }) => {
    if (type === 'stream') return `${String(content['name'])}: ${String(content['text'])}`;
    if (type === 'error') return `${String(content['ename'])}: ${String(content['evalue'])}`;
    return `${type}: ${plainOf(content)}`;
  });
}

function plainOf(content: Readonly<Record<string, unknown>>): string {
  return String((content['data'] as Record<string, unknown>)['text/plain']);
}
