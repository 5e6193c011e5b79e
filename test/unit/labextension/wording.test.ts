import { expect, test } from 'vitest';
import {
  commandName,
  deathsSentence,
  durationText,
  engineSummary,
  linkSentence,
  memoryText,
  nameOf,
} from '../../../src/labextension/wording.js';

test.each([
  [-5000, '0 s'],
  [12_999, '12 s'],
  [184_000, '3 min 04 s'],
  [7_500_000, '2 h 05 min'],
])('%i ms read as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test.each([
  [70 * 2 ** 20, '70 MB'],
  [999 * 2 ** 20, '999 MB'],
  [1000 * 2 ** 20, '1.0 GB'],
  [2.4 * 2 ** 30, '2.4 GB'],
])('%i bytes read as %s', (bytes, text) => {
  expect(memoryText(bytes)).toBe(text);
});

test('a summary counts who works and what waits', () => {
  const idle = { uuid: '', language: 'typescript', queued: 0, completed: 0 } as const;
  const running = { messageId: '', since: '2026-11-22T20:00:00Z' };

  expect(engineSummary([{ ...idle, id: 0 }])).toBe('1 engine, idle');
  expect(
    engineSummary([
      { ...idle, id: 0, running },
      { ...idle, id: 1, running, queued: 3 },
      { ...idle, id: 2 },
    ]),
  ).toBe('3 engines, 2 busy, 3 queued');
});

test('deaths are told by how they came, with what was lost', () => {
  const at = '2026-11-22T20:00:00Z';
  const running = { messageId: '', name: 'Cell [4]', since: at };

  const sentence = deathsSentence([
    { id: 1, uuid: 'a', at, death: { how: 'killed', signal: 'SIGKILL' }, running },
    { id: 3, uuid: 'b', at, death: { how: 'exited', exitCode: 7 } },
    { id: 5, uuid: 'c', at, death: { how: 'exited', exitCode: 7 } },
    { id: 6, uuid: 'd', at, death: { how: 'silent' } },
  ]);

  expect(sentence).toBe(
    'Engine 1 was killed by SIGKILL while running Cell [4]. Engines 3 and 5 exited with code 7. ' +
      'Engine 6 fell silent.',
  );
});

test('each way to have no engines in sight has its sentence, and a live link has none', () => {
  expect(linkSentence({ kind: 'live' })).toBeUndefined();
  expect(linkSentence({ kind: 'other-kernel', kernelName: 'Python 3' })).toBe(
    'This notebook runs “Python 3”. Engines belong to notebooks with the kernel “TypeScript (pxlab)”.',
  );
  expect(linkSentence({ kind: 'gone', why: 'dead' })).toContain('has died');
  expect(linkSentence({ kind: 'waiting', for: 'connection' })).toContain('Trying again');
});

test('requests are named as the user would, and the cluster without a name is the default one', () => {
  expect(commandName({ type: 'connect', clusterId: '' })).toBe('connect to cluster default');
  expect(commandName({ type: 'interrupt', engineIds: [2] })).toBe('interrupt engine 2');
  expect(commandName({ type: 'add-engines', n: 1 })).toBe('add 1 engine');
  expect(nameOf({ clusterId: 'demo' })).toBe('demo');
});
