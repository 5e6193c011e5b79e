import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { magics } from '../../../src/magics/catalog.js';

const reference = readFileSync('docs/reference/magics.md', 'utf8');

/** The rows of the tables below the heading `title`, with single spaces. */
function rowsBelow(title: string): string[] {
  const section = reference.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => row.replace(/\s+/g, ' ').trim());
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

test('the reference lists every magic as the code has it', () => {
  expect(rowsBelow('All magics')).toEqual(
    magics.map(
      ({ usage, about }) =>
        `| ${usage.map((each) => `\`${cell(each)}\``).join('<br>')} | ${cell(about)} |`,
    ),
  );
});

test.each(magics.filter(({ flags }) => flags.length > 0).map(({ name }) => name))(
  'the reference lists every flag of %s as the code has it',
  (name) => {
    const flags = magics.find((magic) => magic.name === name)?.flags ?? [];

    expect(rowsBelow(`Flags of %${name}`)).toEqual(
      flags.map(({ names, value, about }) => {
        const text = names.map((each) => `\`${each}\``).join(', ');
        return `| ${text}${value === undefined ? '' : ` \`${cell(value)}\``} | ${cell(about)} |`;
      }),
    );
  },
);
