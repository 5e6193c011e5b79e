import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { provideNotebooks } from '../../../scripts/notebooks.js';
import { openSandbox } from '../../support/sandbox.js';

test('examples are copied once: what a user changed stays, what is untouched is renewed, what was deleted comes back', async () => {
  const { folder } = await openSandbox();
  const examples = join(folder, 'examples');
  const notebooks = join(folder, 'notebooks');
  const provide = (): void => {
    provideNotebooks({ examples, notebooks, stamp: join(folder, 'stamp') });
  };
  await mkdir(join(examples, 'data', '.ipynb_checkpoints'), { recursive: true });
  for (const name of ['changed', 'untouched', 'deleted', 'data/deep']) {
    await writeFile(join(examples, name), 'first');
  }
  await writeFile(join(examples, 'data', '.ipynb_checkpoints', 'old'), '');
  provide();

  await writeFile(join(notebooks, 'changed'), 'mine');
  await writeFile(join(notebooks, 'my own'), 'mine');
  await rm(join(notebooks, 'deleted'));
  await writeFile(join(examples, 'untouched'), 'second');
  await writeFile(join(examples, 'changed'), 'second');
  provide();

  const read = (name: string): Promise<string> => readFile(join(notebooks, name), 'utf8');
  expect(await read('changed')).toBe('mine');
  expect(await read('my own')).toBe('mine');
  expect(await read('untouched')).toBe('second');
  expect(await read('deleted')).toBe('first');
  expect(await readdir(join(notebooks, 'data'))).toEqual(['deep']);
});
