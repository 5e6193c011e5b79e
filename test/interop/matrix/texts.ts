export type Language = 'python' | 'typescript';

/** Where a text waits for a file, this stands for its path. */
export const goFile = 'GO_FILE';

/** What the features run, in the language of each engine. */
export const texts = {
  python: {
    typed: 'x: int = 6 * 7\nx',
    print: `import os, sys, time
print('first')
print('oops', file=sys.stderr)
while not os.path.exists('${goFile}'): time.sleep(0.01)
print('last')`,
    wait: `import os, time
print('waits')
while not os.path.exists('${goFile}'): time.sleep(0.01)`,
    display: `from IPython.display import HTML, display
handle = display(HTML('<b>one</b>'), display_id=True)
handle.update(HTML('<b>two</b>'))`,
    fail: `def broken():
    raise TypeError('boom')
broken()`,
    checkValues: `assert n == 3 and text == 'é' and d['k'][2][0] == 2.5 and raw == b'b'
back = {'set': {1}, 't': text}`,
    checkArrays: `assert a.shape == (2, 3) and str(a.dtype) == 'float64' and a[1][2] == 5
assert big.sum() == 100000 and i.dtype.itemsize == 8`,
    makeArray: `import numpy as np
made = np.arange(6, dtype='i4').reshape(3, 2)`,
    spin: `print('spins')
while True: pass`,
    choose: `print('chosen')`,
    failOnce: `import os
if not os.path.exists('${goFile}'):
    open('${goFile}', 'w').close()
    raise ValueError('first')
print('second')`,
    whoami: 'import os\nprint(os.getpid())',
  },
  typescript: {
    typed: 'const x: number = 6 * 7;\nx',
    print: `import { existsSync } from 'node:fs';
console.log('first'); console.error('oops');
while (!existsSync('${goFile}')) {}
console.log('last');`,
    wait: `import { existsSync } from 'node:fs';
console.log('waits');
while (!existsSync('${goFile}')) {}`,
    display: `const handle = display.html('<b>one</b>');
handle.update({ 'text/html': '<b>two</b>' });`,
    fail: `function broken(): never {
  throw new TypeError('boom');
}
broken()`,
    checkValues: `if (!(n === 3 && text === 'é' && d.k[2][0] === 2.5)) throw new Error(JSON.stringify(d));
if (raw[0] !== 98) throw new Error(String(raw));
const back = { set: new Set([1]), t: text };`,
    checkArrays: `if (!(a instanceof Float64Array && String((a as any).shape) === '2,3' && a[5] === 5)) throw new Error(String(a));
if (big.length !== 100000 || !(i instanceof BigInt64Array)) throw new Error(String(i));`,
    makeArray: `const made = Object.assign(new Int32Array([0, 1, 2, 3, 4, 5]), { shape: [3, 2] });`,
    spin: `console.log('spins');
while (true) {}`,
    choose: `console.log('chosen');`,
    failOnce: `import { existsSync, writeFileSync } from 'node:fs';
if (!existsSync('${goFile}')) {
  writeFileSync('${goFile}', '');
  throw new RangeError('first');
}
console.log('second');`,
    whoami: 'console.log(process.pid);',
  },
} as const satisfies Record<Language, Record<string, string>>;

export type TextName = keyof (typeof texts)['python'];
