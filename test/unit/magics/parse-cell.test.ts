import { expect, test } from 'vitest';
import { ParallelError } from '../../../src/base/errors.js';
import { parseCell } from '../../../src/magics/parse-cell.js';
import type { CellPart } from '../../../src/magics/parse-cell.js';

/** `ts` and `px` with the part's own text, blanks before it cut off; `sh` with its command. */
function parts(cell: string): [string, string][] {
  return parseCell(cell).parts.map((part) =>
    part.type === 'command' && part.name === 'sh'
      ? ['sh', part.rest]
      : [part.type === 'typescript' ? 'ts' : part.type, part.code.trim()],
  );
}

function codeOf(part: CellPart | undefined): string {
  return part?.code ?? '';
}

test.each([
  ['plain TypeScript is one part', 'const a = 5;\na', [['ts', 'const a = 5;\na']]],
  ['an empty cell has no parts', ' \n\n', []],
  ['a px line', '%px rank', [['px', 'rank']]],
  [
    'a px line after an unfinished-looking one is no modulo',
    'const a = 5\n%px b',
    [
      ['ts', 'const a = 5'],
      ['px', 'b'],
    ],
  ],
  [
    'several lines',
    '%px a\n%px b',
    [
      ['px', 'a'],
      ['px', 'b'],
    ],
  ],
  [
    'TypeScript after it',
    '%px a\nconst b = 1',
    [
      ['px', 'a'],
      ['ts', 'const b = 1'],
    ],
  ],
  ['modulo in parentheses', 'const a = (b\n%px)', [['ts', 'const a = (b\n%px)']]],
  ['modulo in brackets', 'const a = [b\n%px]', [['ts', 'const a = [b\n%px]']]],
  ['modulo in a call', 'f(b\n%px\n)', [['ts', 'f(b\n%px\n)']]],
  ['modulo not in column 0', 'const a = b\n  %px', [['ts', 'const a = b\n  %px']]],
  ['modulo by another name', 'const a = b\n%size', [['ts', 'const a = b\n%size']]],
  ['modulo in an object', 'const a = { b: c\n%px }', [['ts', 'const a = { b: c\n%px }']]],
  ['a template', 'const a = `\n%px b\n`', [['ts', 'const a = `\n%px b\n`']]],
  [
    'a template in a template',
    '`${`\n%px`}\n%px\n`\n%px b',
    [
      ['ts', '`${`\n%px`}\n%px\n`'],
      ['px', 'b'],
    ],
  ],
  [
    'an expression in a template',
    '`${a\n%px}`\n%px b',
    [
      ['ts', '`${a\n%px}`'],
      ['px', 'b'],
    ],
  ],
  [
    'a comment',
    '/*\n%px a\n*/\n%px b',
    [
      ['ts', '/*\n%px a\n*/'],
      ['px', 'b'],
    ],
  ],
  [
    'an apostrophe in a comment',
    "// don't\n%px b",
    [
      ['ts', "// don't"],
      ['px', 'b'],
    ],
  ],
  [
    'brackets in a string',
    '"("\n%px b',
    [
      ['ts', '"("'],
      ['px', 'b'],
    ],
  ],
  [
    'a regular expression',
    'a.match(/[/(`]/)\n%px b',
    [
      ['ts', 'a.match(/[/(`]/)'],
      ['px', 'b'],
    ],
  ],
  [
    'a division is no regular expression',
    'a / b; c = `/`\n%px b',
    [
      ['ts', 'a / b; c = `/`'],
      ['px', 'b'],
    ],
  ],
  [
    'a list of types',
    'let a: Map<string, number>\n%px b',
    [
      ['ts', 'let a: Map<string, number>'],
      ['px', 'b'],
    ],
  ],
  [
    'a number that ends in a dot',
    'const a = 5.\n%px b',
    [
      ['ts', 'const a = 5.'],
      ['px', 'b'],
    ],
  ],
  [
    'a postfix operator',
    'a++\n%px b',
    [
      ['ts', 'a++'],
      ['px', 'b'],
    ],
  ],
  [
    'a non-null assertion',
    'a!\n%px b',
    [
      ['ts', 'a!'],
      ['px', 'b'],
    ],
  ],
  [
    'a function before it',
    'function f() {\n  return 1;\n}\n%px b',
    [
      ['ts', 'function f() {\n  return 1;\n}'],
      ['px', 'b'],
    ],
  ],
  [
    'Windows line ends',
    'const a = 1\r\n%px b\r\nconst c = 2',
    [
      ['ts', 'const a = 1'],
      ['px', 'b'],
      ['ts', 'const c = 2'],
    ],
  ],
  [
    'a property named as a keyword',
    'a.delete\n%px b',
    [
      ['ts', 'a.delete'],
      ['px', 'b'],
    ],
  ],
  ['an operator goes on in the next line', 'a +\n%px', [['ts', 'a +\n%px']]],
  ['a decrement is code', '%px --count', [['px', '--count']]],
  ['a negative value is code', '%px -a', [['px', '-a']]],
  ['a cell magic', '%%px\nconst a = 1;\na', [['px', 'const a = 1;\na']]],
  ['a cell magic as a comment', '// %%px\na', [['px', 'a']]],
  ['a cell magic as a comment without a space', '//%%px --targets 0\na', [['px', 'a']]],
  ['a cell magic below blank lines', '\n \n%%px\na', [['px', 'a']]],
  ['a cell magic alone', '%%px', [['px', '']]],
  ['another comment', '// %%pxx\na', [['ts', '// %%pxx\na']]],
  ["an editor's mark between cells", '// %%\na', [['ts', '// %%\na']]],
  ['a command of the shell', '!ls -l', [['sh', 'ls -l']]],
  [
    'a command between statements',
    'const a = b\n!ls\na',
    [
      ['ts', 'const a = b'],
      ['sh', 'ls'],
      ['ts', 'a'],
    ],
  ],
  [
    'a command that goes on in the next line',
    '!echo a \\\n  b\nc',
    [
      ['sh', 'echo a \\\n  b'],
      ['ts', 'c'],
    ],
  ],
  ['a negated call', '!isDone(a)', [['ts', '!isDone(a)']]],
  ['a negated method', '!a.isDone()', [['ts', '!a.isDone()']]],
  ['a negated bracket', '!(a)', [['ts', '!(a)']]],
  ['a double negation', '!!a', [['ts', '!!a']]],
  ['a negated function', '!function () {}()', [['ts', '!function () {}()']]],
  ['an inequality that goes on', 'a\n!= b', [['ts', 'a\n!= b']]],
  ['a negation in brackets', 'f(\n!a\n)', [['ts', 'f(\n!a\n)']]],
  ['a negation in a block', 'if (a) {\n!b && c();\n}', [['ts', 'if (a) {\n!b && c();\n}']]],
  ['a negation after an operator', 'a &&\n!b', [['ts', 'a &&\n!b']]],
  ['an exclamation mark in a template', '`\n!ls\n`', [['ts', '`\n!ls\n`']]],
  ["a px line below a px cell is the engines' TypeScript", '%%px\na\n%px b', [['px', 'a\n%px b']]],
])('%s', (_, cell, expected) => {
  expect(parts(cell)).toEqual(expected);
});

test('every part keeps its lines, columns and offsets in the cell', () => {
  const cell = 'const a = 1\n%px --targets 0 b\nconst c = 2\n\n%px d';

  const found = parseCell(cell).parts;

  expect(found.map(codeOf)).toEqual([
    'const a = 1\n',
    '\n                b',
    '\n\nconst c = 2\n\n',
    '\n\n\n\n    d',
  ]);
  for (const { code, shift } of found) {
    const first = code.search(/\S/);
    expect(cell[first + shift]).toBe(code[first]);
  }
});

test('flags are read wherever they may stand', () => {
  const flags = (cell: string): unknown => {
    const part = parseCell(cell).parts[0];
    return part?.type === 'px' ? [part.flags, part.code.trim()] : undefined;
  };

  expect(flags('%%px --targets 0,2 --noblock -o r --timeout 1.5\na')).toEqual([
    { targets: '0,2', block: false, out: 'r', timeoutMs: 1500 },
    'a',
  ]);
  expect(flags('%%px -t 0:4:2 -b\na')).toEqual([{ targets: '0:4:2', block: true }, 'a']);
  expect(flags('%%px -t0 --out=r -a\na')).toEqual([{ targets: '0', out: 'r', block: false }, 'a']);
  expect(flags('%%px --targets "[0, 1]"\na')).toEqual([{ targets: '[0, 1]' }, 'a']);
  expect(flags('%%px --targets [0, 1]\na')).toEqual([{ targets: '[0, 1]' }, 'a']);
  expect(flags('%%px --targets -1\na')).toEqual([{ targets: '-1' }, 'a']);
  expect(flags('%px --targets 1 --noblock a - b')).toEqual([
    { targets: '1', block: false },
    'a - b',
  ]);
  expect(flags('%px -o r a')).toEqual([{ out: 'r' }, 'a']);
  expect(flags('%px --blocks')).toEqual([{}, '--blocks']);
  expect(flags('%px -a run(1)')).toEqual([{ block: false }, 'run(1)']);
  expect(flags('%px -e -t 0 -b "x"')).toEqual([{}, '-e -t 0 -b "x"']);
  for (const code of [
    '-a',
    '-a + b',
    '-a [0]',
    '-a (b)',
    '-a in b',
    '-a as number',
    '-b;',
    '-x',
    '-x + 1',
    '--x',
    '--x - 1',
    '--x == 1',
    '--x==1',
    '--x [0]',
    '-x in b',
    '--x // y',
  ]) {
    expect(flags(`%px ${code}`)).toEqual([{}, code]);
  }
});

test.each([
  ['%%px --targts 0\na', 'UNKNOWN_FLAG', /no flag --targts\. Did you mean --targets\?/],
  ['%%px -x\na', 'UNKNOWN_FLAG', /no flag -x\./],
  ['%px --targts 0 a', 'UNKNOWN_FLAG', /Did you mean --targets\?/],
  ['%px --tagets=0 a', 'UNKNOWN_FLAG', /Did you mean --targets\?/],
  ['const a = 1;\n  %px b', 'BAD_ARGUMENT', /%px is indented: .* Remove the spaces/],
  ['  %%px\nb', 'BAD_ARGUMENT', /%%px is indented/],
  ['for (;;) {\n  %px b\n}', 'BAD_ARGUMENT', /%px stands inside braces/],
  ['%px --bogus 1', 'UNKNOWN_FLAG', /%px has no flag --bogus\. %help px lists/],
  ['%px --bogus=1 px.id', 'UNKNOWN_FLAG', /%px has no flag --bogus\./],
  ['%px -t 0 -x px.id', 'UNKNOWN_FLAG', /%px has no flag -x\. %help/],
  ['%px -n4 px.id', 'UNKNOWN_FLAG', /%px has no flag -n\. %help/],
  ['%pxconfig -e', 'UNKNOWN_FLAG', /%pxconfig has no flag -e\. %help/],
  ['%%px --targets\na', 'BAD_ARGUMENT', /--targets needs a value: --targets TARGETS/],
  ['%%px --targets --block\na', 'BAD_ARGUMENT', /--targets needs a value/],
  ['%%px --targets 0:4x\na', 'BAD_ARGUMENT', /list of ids, got '0:4x'/],
  ['%%px --block=1\na', 'BAD_ARGUMENT', /--block takes no value, got '1'/],
  ['%%px --timeout soon\na', 'BAD_ARGUMENT', /seconds above 0, got 'soon'/],
  ['%%px --timeout 0\na', 'BAD_ARGUMENT', /seconds above 0/],
  ['%%px -o 1a\na', 'BAD_ARGUMENT', /name of a variable, got '1a'/],
  ['%%px console.log(1)\na', 'BAD_ARGUMENT', /flags only, got 'console.log\(1\)'/],
  ['%%px --progress-after soon\na', 'BAD_ARGUMENT', /--progress-after needs .* got 'soon'/],
  ['%%px --group-outputs engines\na', 'BAD_ARGUMENT', /Did you mean engine\?/],
  ['%%px --signal-on-interrupt SIGTREM\na', 'BAD_ARGUMENT', /a signal such as .* got 'SIGTREM'/],
  ['%%px --stream=1\na', 'BAD_ARGUMENT', /--stream takes no value/],
  ['%pxresult --targets 0', 'UNKNOWN_FLAG', /%pxresult has no flag --targets\. %help pxresult/],
  ['%pxconfig --group-outputs type', 'UNKNOWN_FLAG', /%pxconfig has no flag/],
  ['%pxresult a', 'BAD_ARGUMENT', /flags only, got 'a'/],
  ['%autopx on', 'BAD_ARGUMENT', /takes nothing behind it, got 'on'/],
  ['%%pxresult', 'UNKNOWN_MAGIC', /no magic %%pxresult for a whole cell\. Write %pxresult/],
  ['%pxreslt', 'UNKNOWN_MAGIC', /Did you mean %pxresult\?/],
  ['%lsmagic', 'UNKNOWN_MAGIC', /%help\./],
  ['%px', 'BAD_ARGUMENT', /needs a statement/],
  ['%px --targets 0', 'BAD_ARGUMENT', /needs a statement/],
  ['%pxx a', 'UNKNOWN_MAGIC', /no magic %pxx\. Did you mean %px\?/],
  ['%%pxx\na', 'UNKNOWN_MAGIC', /no magic %%pxx\. Did you mean %%px\?/],
  ['%timeit a', 'UNKNOWN_MAGIC', /no magic %timeit\. Magics/],
  ['const a = 1;\n%%px\na', 'BAD_ARGUMENT', /%%px must be on the first line/],
  ['if (a) {\n%px b\n}', 'BAD_ARGUMENT', /top level of its cell/],
])('%j is refused with one sentence', (cell, code, message) => {
  const refusal = refusalOf(cell);

  expect(refusal.code).toBe(code);
  expect(refusal.message).toMatch(message);
});

test('what the flags of ipyparallel say is read', () => {
  const flags = (line: string): unknown => {
    const part = parseCell(`${line}\n`).parts[0];
    return part?.type === 'typescript' ? undefined : part?.flags;
  };

  expect(flags('%%px --stream --verbose --local -e')).toEqual({
    ...{ stream: true, isVerbose: true, isLocal: true, grouping: 'engine' },
  });
  expect(flags('%%px --no-stream --no-verbose -r')).toEqual({
    ...{ stream: false, isVerbose: false, grouping: 'order' },
  });
  expect(flags('%%px --group-outputs=type --progress-after 0')).toEqual({
    ...{ grouping: 'type', progressAfterMs: 0 },
  });
  expect(flags('%%px --progress-after -1')).toEqual({ progressAfterMs: Infinity });
  expect(flags('%%px --progress-after 2.5')).toEqual({ progressAfterMs: 2500 });
  for (const [text, signalOnInterrupt] of Object.entries({
    ...{ SIGINT: 'SIGINT', sigterm: 'SIGTERM', TERM: 'SIGTERM', '2': 'SIGINT', '9': 'SIGKILL' },
    '0': 'none',
  })) {
    expect(flags(`%%px --signal-on-interrupt ${text}`)).toEqual({ signalOnInterrupt });
  }
  expect(flags('%pxresult -e -o r; // again')).toEqual({ grouping: 'engine', out: 'r' });
  expect(flags('%pxconfig -t 0:2 -a')).toEqual({ targets: '0:2', block: false });
});

test('magics other than %px are lines of their own, with the suffix of their view', () => {
  const commands = (cell: string): unknown =>
    parseCell(cell).parts.map((part) =>
      part.type === 'typescript' ? part.type : [part.type === 'px' ? 'px' : part.name, part.suffix],
    );

  expect(commands('%result\n%pxresult_even -e\n%autopx_2\n%pxconfig')).toEqual([
    ...[
      ['pxresult', ''],
      ['pxresult', 'even'],
      ['autopx', '2'],
      ['pxconfig', ''],
    ],
  ]);
  expect(commands('%px_a b\nconst c = 1')).toEqual([['px', 'a'], 'typescript']);
  expect(commands('%%px_a\nb')).toEqual([['px', 'a']]);
  expect(commands('// %%px_a --targets 0\nb')).toEqual([['px', 'a']]);
  expect(commands('%px?')).toEqual([['help', '']]);
  expect(commands('%%px??')).toEqual([['help', '']]);
  expect(commands('%pxcluster status --json')).toEqual([['pxcluster', '']]);
});

function refusalOf(cell: string): ParallelError {
  try {
    parseCell(cell);
  } catch (error) {
    if (error instanceof ParallelError) return error;
  }
  throw new Error(`${cell} was not refused`);
}

/** Pieces of TypeScript that end a statement, some with what looks like a magic inside. */
const pieces = [
  'const a = 1',
  'f(b\n%px)',
  'let s = `x ${a\n%px} \\` ${`\n%px b`}`;',
  '/* \n%px b\n */',
  "// it's `open",
  'const r = /[`"\'(]\\//g',
  'class A<T> { private x = { y: [1, 2] }; m() { return `}`; } }',
  'let m: Map<string, number[]>',
  'const s2 = "a\\"(" + \'`\'',
  'for (const x of [1, 2]) { g(x % px); }',
  'const h = a / b / c',
  '',
];

test('between any pieces of TypeScript, exactly the magic lines are found', () => {
  const random = generator(20260);
  for (let run = 0; run < 2000; run++) {
    const chosen = Array.from({ length: 6 }, () =>
      random() < 0.4
        ? { isMagic: true, text: `%px m${run}` }
        : { isMagic: false, text: pieces[Math.floor(random() * pieces.length)] ?? '' },
    );
    const cell = chosen.map(({ text }) => text).join('\n');

    const found = parseCell(cell).parts.filter(({ type }) => type === 'px');

    expect(found.length, cell).toBe(chosen.filter(({ isMagic }) => isMagic).length);
  }
});

/** Numbers in [0, 1), the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
