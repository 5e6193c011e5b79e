import {
  execFlags,
  type Flag,
  inspectFlags,
  outputFlags,
  pxFlags,
  stackFlags,
} from './magic-flags.js';

export type MagicName =
  | 'px'
  | 'pxresult'
  | 'pxconfig'
  | 'autopx'
  | 'pxcluster'
  | 'stack'
  | 'inspect'
  | 'npm'
  | 'sh'
  | 'typecheck'
  | 'help';

/** What there is to know of a magic: by it cells are parsed, completed and explained. */
export interface Magic {
  readonly name: MagicName;
  /** Other names of it. */
  readonly aliases: readonly string[];
  /** It can stand on the first line of a cell, as `%%name`. */
  readonly isForCells: boolean;
  /** An activated view has its own: `%px_even`. */
  readonly hasSuffix: boolean;
  /** What stands behind the name. */
  readonly usage: readonly string[];
  readonly about: string;
  readonly flags: readonly Flag[];
}

export const magics: readonly Magic[] = [
  {
    name: 'px',
    aliases: [],
    isForCells: true,
    hasSuffix: true,
    usage: ['%px [flags] STATEMENT', '%%px [flags]'],
    about: 'Runs TypeScript on engines: the rest of the line, or the lines of the cell below.',
    flags: pxFlags,
  },
  {
    name: 'pxresult',
    aliases: ['result'],
    isForCells: false,
    hasSuffix: true,
    usage: ['%pxresult [flags]'],
    about: 'Waits for the last result of %px or %%px and shows its outputs, grouped.',
    flags: outputFlags,
  },
  {
    name: 'pxconfig',
    aliases: [],
    isForCells: false,
    hasSuffix: true,
    usage: ['%pxconfig [flags]'],
    about: 'Sets what later %px and %%px do without flags; alone, shows it.',
    flags: execFlags,
  },
  {
    name: 'autopx',
    aliases: [],
    isForCells: false,
    hasSuffix: true,
    usage: ['%autopx'],
    about: 'From here on every cell runs on the engines, until the next %autopx.',
    flags: [],
  },
  {
    name: 'pxcluster',
    aliases: [],
    isForCells: false,
    hasSuffix: false,
    usage: ['%pxcluster COMMAND [options]'],
    about: 'Runs the command pxcluster, as in a terminal.',
    flags: [],
  },
  {
    name: 'stack',
    aliases: [],
    isForCells: false,
    hasSuffix: false,
    usage: ['%stack [TARGETS]'],
    about: 'Shows where the code of engines is right now: %stack 2.',
    flags: stackFlags,
  },
  {
    name: 'inspect',
    aliases: [],
    isForCells: false,
    hasSuffix: false,
    usage: ['%inspect [off] [TARGETS] [flags]'],
    about: 'Opens the debugger of the kernel, or of engines, for Chrome or VS Code; off closes it.',
    flags: inspectFlags,
  },
  {
    name: 'npm',
    aliases: [],
    isForCells: false,
    hasSuffix: false,
    usage: ['%npm COMMAND [options]'],
    about: "Runs npm in the notebook's folder: %npm install d3.",
    flags: [],
  },
  {
    name: 'sh',
    aliases: [],
    isForCells: false,
    hasSuffix: false,
    usage: ['%sh COMMAND', '!COMMAND'],
    about: "Runs a line of the shell in the notebook's folder.",
    flags: [],
  },
  {
    name: 'typecheck',
    aliases: [],
    isForCells: false,
    hasSuffix: false,
    usage: ['%typecheck [default|strict|loose|off]'],
    about: 'Says how strictly later cells are checked; alone, shows it.',
    flags: [],
  },
  {
    name: 'help',
    aliases: [],
    isForCells: false,
    hasSuffix: false,
    usage: ['%help [MAGIC]'],
    about: 'Lists the magics, or the flags of one.',
    flags: [],
  },
];

/** A magic by the name that was typed, without `%`, and the view that its suffix names. */
export interface FoundMagic {
  readonly magic: Magic;
  /** `even` of `%px_even`; empty for the notebook's own. */
  readonly suffix: string;
}

export function findMagic(typed: string): FoundMagic | undefined {
  const whole = magics.find(({ name, aliases }) => name === typed || aliases.includes(typed));
  if (whole !== undefined) return { magic: whole, suffix: '' };
  const [, base, suffix = ''] = /^([a-z]+)_(.+)$/u.exec(typed) ?? [];
  const magic = magics.find(({ name, hasSuffix }) => hasSuffix && name === base);
  return magic === undefined ? undefined : { magic, suffix };
}

/** Names of all magics with their `%`, those of cells with `%%`. */
export function magicNames(kind: 'line' | 'cell', suffixes: readonly string[] = []): string[] {
  return magics
    .filter(({ isForCells }) => kind === 'line' || isForCells)
    .flatMap(({ name, aliases, hasSuffix }) => [
      name,
      ...aliases,
      ...(hasSuffix ? suffixes.map((suffix) => `${name}_${suffix}`) : []),
    ])
    .map((name) => (kind === 'line' ? `%${name}` : `%%${name}`));
}
