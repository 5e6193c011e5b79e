import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect } from 'vitest';

const path = fileURLToPath(new URL('../../../docs/reference/interop.md', import.meta.url));

/** `PXLAB_INTEROP=1 npx vitest run interop/matrix` writes what was found into the reference. */
const isWriting = process.env['PXLAB_INTEROP'] === '1';

/** The section of the reference below a heading, without the headings below it. */
function sectionOf(title: string): string {
  const section = readFileSync(path, 'utf8')
    .split(/^(?=##+ )/m)
    .find((each) => each.startsWith(`## ${title}\n`) || each.startsWith(`### ${title}\n`));
  if (section === undefined) throw new Error(`The reference has no section '${title}'`);
  return section;
}

/** The blocks of code of a section, for a profile of this name. */
export function codeOf(title: string, profile: string): string[] {
  const blocks = [...sectionOf(title).matchAll(/^```\w+\n(.*?)^```$/gms)];
  return blocks.map(([, code = '']) =>
    code.replace(/(profile(?:: '|=")?[=_]?)lab\b/g, `$1${profile}`),
  );
}

/** Compares what a section says, from its first table or list on, with what was found. */
export async function expectDocumented(title: string, found: string): Promise<void> {
  const section = sectionOf(title);
  const text = readFileSync(path, 'utf8');
  const at = section.search(/^(\||- |\d+\. )/m);
  const introduction = at < 0 ? section : section.slice(0, at);
  const whole = text.replace(section, () => `${introduction.trimEnd()}\n\n${found.trim()}\n\n`);
  const options = await resolveConfig(path);
  const formatted = await format(whole, { ...options, parser: 'markdown' });
  if (isWriting) writeFileSync(path, formatted);
  else expect(text).toBe(formatted);
}
