import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createCompiler,
  type Compiler,
  type CompileRequest,
} from '../../../lib/compiler/compiler.js';
import { noDeclarations, type Declarations } from '../../../lib/wire/cell.js';

let folder: string;
let compiler: Compiler;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-compiler-'));
  compiler = createCompiler({ cwd: folder });
});
afterAll(async () => {
  await compiler.close();
  rmSync(folder, { recursive: true });
});

const request = (code: string, more: Partial<CompileRequest> = {}): CompileRequest => ({
  side: 'notebook',
  name: 'Cell [1]',
  code,
  base: noDeclarations,
  resolveFrom: folder,
  ...more,
});

/** What the namespace declares after `code`; fails with the errors of the cell. */
async function declarationsAfter(
  code: string,
  more: Partial<CompileRequest> = {},
): Promise<Declarations> {
  const result = await compiler.compile(request(code, more));
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.next;
}

describe('the compiler', () => {
  test('compiles, completes, inspects and tells what is complete', async () => {
    const base = await declarationsAfter('const speed = { fast: 1 }');
    const place = { side: 'notebook', base } as const;

    expect(await compiler.compile(request('speed.fast + 1', { base }))).toMatchObject({ ok: true });
    expect(await compiler.complete({ ...place, code: 'speed.', position: 6 })).toMatchObject({
      candidates: [{ name: 'fast', kind: 'property' }],
    });
    expect(await compiler.inspect({ ...place, code: 'speed', position: 1 })).toMatchObject({
      text: expect.stringContaining('const speed') as string,
    });
    expect(await compiler.isComplete('f(')).toEqual({ status: 'incomplete', indent: '  ' });
  });

  test('answers errors as diagnostics', async () => {
    const result = await compiler.compile(request('const a = 1\na.b'));

    expect(result).toEqual({
      ok: false,
      diagnostics: [
        {
          message: "Property 'b' does not exist on type '1'.",
          code: 2339,
          line: 2,
          column: 3,
          length: 1,
          sourceLine: 'a.b',
        },
      ],
    });
  });

  test('is given up with the reason of the signal, and works on', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const given = compiler.compile(request('1'), { signal: controller.signal });

    controller.abort(reason);

    await expect(given).rejects.toBe(reason);
    await expect(compiler.compile(request('2'), { signal: controller.signal })).rejects.toBe(
      reason,
    );
    await expect(compiler.compile(request('3'))).resolves.toMatchObject({ ok: true });
  });

  test('fails what waits for it when it is closed, and what comes after', async () => {
    const own = createCompiler({ cwd: folder });
    const waiting = own.compile(request('1'));

    await Promise.all([own.close(), own.close(), expect(waiting).rejects.toThrow('was closed')]);

    await expect(own.compile(request('1'))).rejects.toThrow('The compiler is closed.');
  });

  test('that dies fails what waits for it in a sentence; the next request starts another', async () => {
    const dying = createCompiler({ cwd: undefined as unknown as string, folders: [] });

    const both = await Promise.allSettled([dying.isComplete('1'), dying.isComplete('2')]);

    expect(both).toMatchObject([
      {
        reason: {
          code: 'COMPILE',
          message: expect.stringContaining('The compiler stopped: ') as string,
        },
      },
      { reason: { code: 'COMPILE' } },
    ]);
    await expect(dying.isComplete('3')).rejects.toThrow('The compiler stopped: ');
    await dying.close();
  });

  test('that was never used closes at once', async () => {
    await createCompiler({ cwd: folder }).close();
  });

  test('answers an unexpected failure to the one who asked, and works on', async () => {
    const impossible = { ...request('1'), base: null } as unknown as CompileRequest;

    await expect(compiler.compile(impossible)).rejects.toThrow(TypeError);
    await expect(compiler.compile(request('1 + 1'))).resolves.toMatchObject({ ok: true });
  });
});

describe('px', () => {
  test('`px.pull` has the types that the engines declared', async () => {
    const engines = await declarationsAfter(
      `interface Point { x: number }
       const point: Point = { x: px.rank }, seed = 5, mode = 'a' as 'a' | 'b'; class Walk { at = 1 } const walk = new Walk()`,
      { side: 'engine' },
    );

    const after = await declarationsAfter(
      `const points = await px.pull('point'); const seeds = await px.pull('seed');
       const modes = await px.pull('mode'); const walks = await px.pull('walk'); const xs = points.map((p) => p.x)`,
      { engines },
    );

    expect(after.text).not.toContain('import(');
    const types = await compiler.describe({
      base: after,
      names: ['points', 'seeds', 'modes', 'walks', 'xs'],
    });
    const compact = (text = ''): string => text.replaceAll(/[\s();]/g, '');
    expect(compact(types['points'])).toBe('{x:number}[]');
    expect(compact(types['seeds'])).toBe('number[]');
    // In the order in which the checker has met them, as in one file.
    expect(['"a"|"b"[]', '"b"|"a"[]']).toContain(compact(types['modes']));
    expect(compact(types['walks'])).toBe('{at:number}[]');
    expect(compact(types['xs'])).toBe('number[]');
  });

  test('the ambient names have types of their own on each side', async () => {
    await declarationsAfter('const ranks: number[] = [px.id, px.rank, px.size]', {
      side: 'engine',
    });

    await expect(declarationsAfter('px.rank')).rejects.toThrow("'rank' does not exist");
    await expect(declarationsAfter('px.start()', { side: 'engine' })).rejects.toThrow(
      "'start' does not exist",
    );
  });
});
