import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript';
import { expect, test } from 'vitest';
import { startKernel } from '../support/jupyter-client.js';
import { startScript } from '../support/run-process.js';
import { openSandbox } from '../support/sandbox.js';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const section = /^## The first minute\n(.*?)^## /ms.exec(readme)?.[1] ?? '';

/** Blocks of code, each with what the README says that it prints. */
const blocks = [...section.matchAll(/^```(ts)?\n(.*?)^```$/gms)].map(([, language, text = '']) => ({
  isCode: language === 'ts',
  text: text.trim(),
}));
const cells = blocks.filter(({ isCode, text }) => isCode && !text.includes("from 'pxlab'"));

test('the cells of the first minute show what the README says', async () => {
  await using kernel = await startKernel();

  for (const cell of cells) {
    const { stdout, outputs, error } = await kernel.client.execute(cell.text);

    const next = blocks[blocks.indexOf(cell) + 1];
    const promised = next?.isCode === false ? next.text : '';
    const texts = outputs.map(
      ({ content }) => content['data'] as Record<string, string> | undefined,
    );
    const shown = [stdout, ...texts.map((data) => data?.['text/plain'] ?? '')].join('\n');
    expect(error).toBeUndefined();
    expect(linesOf(shown)).toEqual(linesOf(promised)); // engines print in any order
  }
  expect(cells).toHaveLength(4);
});

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .sort();
}

test('the program of the first minute prints what its comment says', async () => {
  const sandbox = await openSandbox();
  const program = blocks.find(({ text }) => text.includes("from 'pxlab'"))?.text ?? '';
  const promised = /console\.log.*\/\/ (.*)$/m.exec(program)?.[1];
  const { outputText } = typescript.transpileModule(program, {
    compilerOptions: {
      module: typescript.ModuleKind.ESNext,
      target: typescript.ScriptTarget.ES2022,
    },
  });

  const script = await startScript(sandbox, outputText);
  const { code } = await script.child.exited;

  expect((await script.text()).trim()).toBe(promised);
  expect(code).toBe(0);
  await sandbox.expectNothingLeft();
});
