import { expect, test } from 'vitest';
import {
  addressOf,
  parseClientInfo,
  parseEngineInfo,
  routeOf,
  socketPath,
} from '../../../src/wire/connection-info.js';

const engineText = JSON.stringify({
  ssh: '',
  interface: 'tcp://127.0.0.1',
  registration: 1,
  control: 2,
  mux: 3,
  task: 4,
  iopub: 5,
  hb_ping: 6,
  hb_pong: 7,
  broadcast: [8, 9],
  key: 'k',
  curve_serverkey: 'Z85',
  location: 'node1',
  pack: 'json',
  unpack: 'json',
  signature_scheme: 'hmac-sha256',
});
const nowhere = { exists: () => false, hostNames: ['here'] };

test('a file of ipcontroller is read, and a channel addressed by interface and port', () => {
  const info = parseEngineInfo(engineText, 'f.json');
  const route = routeOf(info, nowhere);

  expect(route).toEqual({ base: 'tcp://127.0.0.1', key: 'k', curveServerKey: 'Z85' });
  expect(addressOf(route, info.mux)).toBe('tcp://127.0.0.1:3');
});

test('the ipc sockets are preferred when they exist on this machine, and need no CURVE', () => {
  const info = {
    ...parseEngineInfo(engineText, 'f.json'),
    pxlab: { version: '1', ipc: 'ipc:///run/x/s' },
  };
  const here = { ...nowhere, exists: (path: string) => path === '/run/x/s:1' };

  expect(routeOf(info, here)).toEqual({
    base: 'ipc:///run/x/s',
    key: 'k',
    curveServerKey: undefined,
  });
  expect(socketPath('ipc:///run/x/s', 3)).toBe('/run/x/s:3');
});

test('a wildcard means this machine if the controller is here, else where it says it is', () => {
  const wild = { ...parseEngineInfo(engineText, 'f.json'), interface: 'tcp://*' };

  expect(routeOf(wild, nowhere).base).toBe('tcp://node1');
  expect(routeOf({ ...wild, location: 'here' }, nowhere).base).toBe('tcp://127.0.0.1');
});

test.each([
  ['{', /f\.json is damaged: it is not JSON/],
  ['[]', /`interface` is missing/],
  ['{"interface": 3}', /`interface` is missing or no string/],
  [engineText.replace('"mux":3,', ''), /`mux` is missing or no number/],
  [engineText.replace('"pack":"json"', '"pack":"pickle"'), /packed with 'pickle'/],
  [engineText.replace('[8,9]', '"8"'), /`broadcast` is no list of ports/],
])('a damaged file is named with its fault and the remedy: %s', (text, sentence) => {
  expect(() => parseEngineInfo(text, 'f.json')).toThrow(sentence);
  expect(() => parseEngineInfo(text, 'f.json')).toThrow(/pxcluster clean/);
});

test("a client's file needs its notification port", () => {
  expect(() => parseClientInfo(engineText, 'f.json')).toThrow(/`notification` is missing/);
});
