import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { examples } from '../../../lib/cli/help.js';
import { program } from '../../../lib/cli/program.js';
import {
  controllerFlags,
  engineFlags,
  spellingOf,
  type StandInFlag,
} from '../../../lib/cli/stand-in-flags.js';

const reference = readFileSync(
  new URL('../../../docs/reference/pxcluster.md', import.meta.url),
  'utf8',
);
const { commands } = program();

/** The rows of the table of flags in the section of a command. */
function documented(name: string): string[][] {
  const [, section = ''] = reference.split(`\n## pxcluster ${name}\n`);
  const [own = ''] = section.split('\n## ');
  const rows = [...own.matchAll(/^\| `(.*?)` +\| (.*?) +\|$/gm)];
  return rows.map(([, flags = '', meaning = '']) => [flags, meaning]);
}

function declared(command: Command): string[][] {
  const args = command.registeredArguments.map((argument) => [
    `[${argument.name()}${argument.variadic ? '...' : ''}]`,
    argument.description,
  ]);
  const options = command.options.map(({ flags, description, defaultValue }) => {
    const value = defaultValue as string | number | undefined;
    return [flags, description + (value === undefined ? '' : ` (default: ${value})`)];
  });
  const others = (standIns[command.name()] ?? []).map((flag) => [spellingOf(flag), flag.meaning]);
  return [...args, ...options, ...others];
}

/** They parse their flags themselves. */
const standIns: Readonly<Record<string, readonly StandInFlag[]>> = {
  controller: controllerFlags,
  engine: engineFlags,
};

test('the reference has a section for each command, in the order of --help', () => {
  const sections = [...reference.matchAll(/^## pxcluster (\S+)$/gm)].map(([, name]) => name);

  expect(sections).toEqual(commands.map((command) => command.name()));
});

test.each(commands.map((command) => [command.name(), command] as const))(
  'the reference has the flags of %s, with their meaning',
  (name, command) => {
    expect(documented(name)).toEqual(declared(command));
  },
);

test('the help of every command says more than its flags', () => {
  const names = commands.map((command) => command.name());

  expect(Object.keys(examples).sort()).toEqual([...names].sort());
});
