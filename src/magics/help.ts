import { ParallelError } from '../base/errors.js';
import { escapeHtml } from '../base/html.js';
import type { MimeBundle } from '../wire/contents.js';
import { findMagic, type Magic, magicNames, magics } from './catalog.js';
import { didYouMean } from './did-you-mean.js';
import type { Flag } from './magic-flags.js';

/**
 * All magics in one table, or the flags of one.
 *
 * @param topic - A magic with or without its `%`; undefined for all.
 * @throws {@link ParallelError} `UNKNOWN_MAGIC`.
 */
export function helpOn(topic: string | undefined): MimeBundle {
  if (topic === undefined) {
    const rows = magics.map((magic) => [usageOf(magic), magic.about] as const);
    return bundle('Magics', rows, [
      '%help px lists the flags of one. After px.activate("even", [0, 2]), %px_even and its likes run there.',
    ]);
  }
  const name = topic.replace(/^%+/, '');
  const found = findMagic(name);
  if (found === undefined) {
    const known = magicNames('line');
    throw new ParallelError(
      'UNKNOWN_MAGIC',
      `There is no magic %${name}.${didYouMean(`%${name}`, known)} %help lists all.`,
    );
  }
  const { magic } = found;
  const rows = magic.flags.map((flag) => [namesOf(flag), flag.about] as const);
  return bundle(usageOf(magic), rows, [magic.about, ...aliasNotes(magic), ...examplesOf(magic)]);
}

/** `--targets, -t TARGETS`. */
function namesOf({ names, value }: Flag): string {
  return names.join(', ') + (value === undefined ? '' : ` ${value}`);
}

function usageOf({ usage }: Magic): string {
  return usage.join(' or ');
}

function aliasNotes({ aliases }: Magic): string[] {
  return aliases.map((alias) => `%${alias} is the same.`);
}

function examplesOf({ name }: Magic): string[] {
  if (name === 'pxcluster') return ['%pxcluster --help lists its commands.'];
  return [];
}

function bundle(
  title: string,
  rows: readonly (readonly [string, string])[],
  notes: readonly string[],
): MimeBundle {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  const lines = rows.map(([name, about]) => `  ${name.padEnd(width)}  ${about}`);
  const left = 'style="text-align:left"';
  const htmlRows = rows.map(
    ([name, about]) =>
      `<tr><td ${left}><code>${escapeHtml(name)}</code></td><td ${left}>${escapeHtml(about)}</td></tr>`,
  );
  const table = rows.length === 0 ? '' : `<table><tbody>${htmlRows.join('\n')}</tbody></table>`;
  const htmlNotes = notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('');
  return {
    'text/plain': [title, ...lines, ...notes].join('\n'),
    'text/html': `<p><b>${escapeHtml(title)}</b></p>${table}${htmlNotes}`,
  };
}
