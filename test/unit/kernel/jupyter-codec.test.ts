import { expect, test } from 'vitest';
import { parseJupyterConnection } from '../../../lib/wire/jupyter-connection.js';
import { completeReply, readCursor, readExecute } from '../../../lib/wire/jupyter.js';

test('a cursor behind characters outside the basic plane is counted in UTF-16 units', () => {
  const { offset } = readCursor({ code: '"😀😀".le', cursor_pos: 7 });

  expect(offset).toBe(9);
});

test('a completion is placed in code points', () => {
  const reply = completeReply('"😀".le', { start: 5, end: 7 }, [
    { name: 'length', kind: 'property' },
  ]);

  expect(reply).toMatchObject({ matches: ['length'], cursor_start: 4, cursor_end: 6 });
  expect(reply['metadata']).toEqual({
    _jupyter_types_experimental: [{ text: 'length', type: 'property', start: 4, end: 6 }],
  });
});

test('a silent cell is not stored, whatever it says', () => {
  expect(readExecute({ code: '1', silent: true, store_history: true })).toMatchObject({
    silent: true,
    storeHistory: false,
    stopOnError: true,
  });
});

const file = {
  ip: '127.0.0.1',
  shell_port: 1,
  iopub_port: 2,
  stdin_port: 3,
  control_port: 4,
  hb_port: 5,
  key: 'k',
  transport: 'tcp',
  signature_scheme: 'hmac-sha256',
};

test.each([
  ['{', 'it is not JSON'],
  ['[]', '`ip` is missing'],
  [JSON.stringify({ ...file, hb_port: '5' }), '`hb_port` is missing or no number'],
  [
    JSON.stringify({ ...file, iopub_port: 80_000 }),
    '`iopub_port` is 80000, and a port is a number',
  ],
  [JSON.stringify({ ...file, iopub_port: 0 }), '`iopub_port` is 0, and a port is a number'],
  [JSON.stringify({ ...file, iopub_port: 1.5 }), '`iopub_port` is 1.5, and a port is a number'],
  [JSON.stringify({ ...file, transport: 'udp' }), "`transport` is 'udp'"],
  [JSON.stringify({ ...file, signature_scheme: 'hmac-md5' }), "`signature_scheme` is 'hmac-md5'"],
])('a damaged connection file is named with its fault: %s', (text, fault) => {
  const parse = (): unknown => parseJupyterConnection(text, '/k.json');

  expect(parse).toThrow(`The connection file /k.json is damaged: ${fault}`);
});
