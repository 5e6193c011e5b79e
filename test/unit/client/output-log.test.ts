import { describe, expect, test } from 'vitest';
import { followLogs, OutputLog } from '../../../src/client/output-log.js';
import type { Output } from '../../../src/client/outputs.js';

const generous = { maxCount: 1000, maxCharacters: 1_000_000 };

function logOf(engineId: number, limits = generous): OutputLog {
  return new OutputLog({ engineId, messageId: `m${engineId}` }, limits);
}

function say(log: OutputLog, text: string, order: number): void {
  log.append({ type: 'stream', name: 'stdout', text }, order);
}

const textOf = (output: Output): string =>
  output.type === 'stream'
    ? output.text
    : `${output.type} ${'count' in output ? output.count : ''}`;

async function collect(logs: readonly OutputLog[]): Promise<string[]> {
  const texts: string[] = [];
  for await (const output of followLogs(logs)) texts.push(textOf(output));
  return texts;
}

describe('following a log', () => {
  test('gives a late listener what there was, then what comes, until the end', async () => {
    const log = logOf(0);
    say(log, 'before', 0);
    const collected = collect([log]);
    await Promise.resolve();
    say(log, 'after', 1);
    log.close();

    await expect(collected).resolves.toEqual(['before', 'after']);
  });

  test('gives each of two listeners everything', async () => {
    const log = logOf(0);
    const both = Promise.all([collect([log]), collect([log])]);
    say(log, 'a', 0);
    say(log, 'b', 1);
    log.close();

    await expect(both).resolves.toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  test('gives the outputs of several engines in the order they came', async () => {
    const [zero, one] = [logOf(0), logOf(1)];
    say(one, 'first', 0);
    say(zero, 'second', 1);
    say(one, 'third', 2);
    zero.close();
    one.close();

    await expect(collect([zero, one])).resolves.toEqual(['first', 'second', 'third']);
  });

  test('goes on while any of the engines does', async () => {
    const [zero, one] = [logOf(0), logOf(1)];
    const collected = collect([zero, one]);
    zero.close();
    await Promise.resolve();
    say(one, 'late', 0);
    one.close();

    await expect(collected).resolves.toEqual(['late']);
  });

  test('ends at once where everything ended, and where there is nothing', async () => {
    const log = logOf(0);
    log.close();

    await expect(collect([log])).resolves.toEqual([]);
    await expect(collect([])).resolves.toEqual([]);
  });

  test('may be left before its end', async () => {
    const log = logOf(0);
    say(log, 'a', 0);
    for await (const output of followLogs([log])) {
      expect(textOf(output)).toBe('a');
      break;
    }

    expect(() => say(log, 'b', 1)).not.toThrow();
  });

  test('tells origin with each output', () => {
    const log = logOf(3);
    say(log, 'a', 0);

    expect(log.outputs()).toEqual([
      { type: 'stream', name: 'stdout', text: 'a', engineId: 3, messageId: 'm3' },
    ]);
  });
});

describe('a log beyond its limits', () => {
  test('forgets its oldest outputs, and says how many', async () => {
    const log = logOf(0, { maxCount: 8, maxCharacters: 1000 });
    for (let index = 0; index < 20; index += 1) say(log, String(index), index);
    log.close();

    const [cut, ...kept] = await collect([log]);
    const count = Number(/^cut (\d+)$/.exec(cut ?? '')?.[1]);

    expect(kept.length).toBeLessThanOrEqual(8);
    expect(kept.length + count).toBe(20);
    expect(kept.at(-1)).toBe('19');
  });

  test('is limited by characters too, but keeps the last output whole', () => {
    const log = logOf(0, { maxCount: 1000, maxCharacters: 10 });
    say(log, 'x'.repeat(8), 0);
    say(log, 'y'.repeat(50), 1);

    expect(log.outputs().map(textOf)).toEqual(['cut 1', 'y'.repeat(50)]);
    expect(log.outputs()[0]).toMatchObject({ characters: 8 });
  });

  test('loses nothing for a listener that keeps up', async () => {
    const log = logOf(0, { maxCount: 8, maxCharacters: 1000 });
    const collected = collect([log]);
    for (let index = 0; index < 30; index += 1) {
      say(log, String(index), index);
      await new Promise(setImmediate);
    }
    log.close();

    await expect(collected).resolves.toEqual(
      Array.from({ length: 30 }, (_, index) => String(index)),
    );
  });
});

test('a closed log still takes what comes late, and shows it to whom has not ended', async () => {
  const [zero, one] = [logOf(0), logOf(1)];
  const collected = collect([zero, one]);
  zero.close();
  await Promise.resolve();
  say(zero, 'late', 0);
  one.close();

  await expect(collected).resolves.toEqual(['late']);
  say(zero, 'later', 1);
  expect(zero.outputs().map(textOf)).toEqual(['late', 'later']);
});

test('a log that is shrunk keeps its last outputs, and says what is gone', () => {
  const log = logOf(0);
  for (const text of ['aaaa', 'bbbb', 'cccc']) say(log, text, 0);

  log.shrink(5);
  expect(log.outputs().map(textOf)).toEqual(['cut 2', 'cccc']);
  expect(log.characters).toBe(4);

  log.shrink(0);
  expect(log.outputs().map(textOf)).toEqual(['cut 3']);
  say(log, 'new', 1);
  expect(log.outputs().map(textOf)).toEqual(['cut 3', 'new']);
});
