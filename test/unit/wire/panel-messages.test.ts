import { expect, test } from 'vitest';
import { parsePanelRequest } from '../../../lib/wire/panel-messages.js';
import { parseSample, taskNameOf } from '../../../lib/wire/cluster-state.js';

test.each([
  [{ id: 1, type: 'start' }],
  [{ id: 2, type: 'start', n: 4 }],
  [{ id: 3, type: 'connect', clusterId: '' }],
  [{ id: 4, type: 'add-engines', n: 1 }],
  [{ id: 5, type: 'stop' }],
  [{ id: 6, type: 'interrupt' }],
  [{ id: 7, type: 'interrupt', engineIds: [0, 2] }],
  [{ id: 8, type: 'restart-engine', engineId: 0 }],
  [{ id: 9, type: 'stop-engine', engineId: 3 }],
])('%o of the panel is taken as it is', (request) => {
  expect(parsePanelRequest({ ...request, more: 1 })).toEqual(request);
});

test.each([
  [{ type: 'stop' }, 'needs a number as its `id`'],
  [{ id: 1, type: 'start', n: 1.5 }, '`n` cannot be 1.5 here.'],
  [{ id: 1, type: 'add-engines' }, '`n` cannot be undefined here.'],
  [{ id: 1, type: 'connect', clusterId: 7 }, '`clusterId` cannot be 7 here.'],
  [{ id: 1, type: 'interrupt', engineIds: [0, '1'] }, '`engineIds` cannot be [0,"1"] here.'],
  [{ id: 1, type: 'stop-engine', engineId: -1 }, '`engineId` cannot be -1 here.'],
  [{ id: 1, type: '__proto__' }, 'knows no request "__proto__"'],
])('%o of the panel is refused with a sentence', (request, sentence) => {
  expect(parsePanelRequest(request)).toContain(sentence);
});

test('a sample of an engine is taken without what is no line of output', () => {
  const sample = { cpuPercent: 3, memoryBytes: 4 };

  expect(parseSample({ ...sample, lastOutput: { name: 'stdout', text: 'a' }, x: 1 })).toEqual({
    ...sample,
    lastOutput: { name: 'stdout', text: 'a' },
  });
  expect(parseSample({ ...sample, lastOutput: { name: 'x', text: 1 } })).toEqual(sample);
  expect(parseSample({ cpuPercent: '3' })).toBeUndefined();
});

test('a request is known by its label, its cell, its method or its first line', () => {
  const record = (metadata: object, content: object = {}) =>
    taskNameOf({
      queue: 'mux',
      header: {
        msg_id: '',
        msg_type: 'execute_request',
        session: '',
        username: '',
        date: '',
        version: '',
      },
      metadata: { ...metadata },
      content: { ...content },
      buffers: [],
    });

  expect(record({ label: 'walk', pxlab: { cell: { name: 'Cell [3]' } } })).toBe('walk');
  expect(record({ pxlab: { cell: { name: 'Cell [3]' } } }, { code: 'a' })).toBe('Cell [3]');
  expect(record({ pxlab: { cell: { name: '<execute 1>' } } }, { code: '\nlet a;\nb' })).toBe(
    'let a;',
  );
  expect(record({ pxlab: { method: 'push' } })).toBe('push');
  expect(record({})).toBeUndefined();
});
