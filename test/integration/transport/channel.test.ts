import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../../src/base/deferred.js';
import { jsonLogger } from '../../../src/base/logger.js';
import { Scope } from '../../../src/base/scope.js';
import { Channel } from '../../../src/transport/channel.js';
import {
  type LinkEvent,
  newCurveKeys,
  Socket,
  type SocketOptions,
} from '../../../src/transport/socket.js';
import { Session } from '../../../src/wire/message.js';

let scope: Scope;
let folder: string;
let warnings: string[];

beforeEach(() => {
  scope = new Scope();
  folder = mkdtempSync(join(tmpdir(), 'px-'));
  scope.onClose(() => rmSync(folder, { recursive: true }));
  warnings = [];
});
afterEach(() => scope.close());

function channel(socket: Socket, key = 'k'): Channel {
  const log = jsonLogger((line) => warnings.push(line));
  return scope.use(new Channel(scope.use(socket), { session: new Session(), key, log }));
}

const dealer = (options: SocketOptions, key?: string): Channel =>
  channel(new Socket('dealer', options), key);

/** A ROUTER that answers each `echo_request` with its own content. */
async function echoServer(): Promise<{ tcp: string; ipc: string; publicKey: string }> {
  const keys = newCurveKeys();
  const socket = new Socket('router', { mandatory: true });
  const server = channel(socket);
  const port = await socket.bind('tcp://127.0.0.1:*', keys);
  const ipc = `ipc://${folder}/s:1`;
  await socket.bind(ipc);
  const serving = (async () => {
    for await (const { idents, message } of server) {
      server.post({ type: 'echo_reply', content: message.content, parent: message.header }, idents);
    }
  })();
  scope.onClose(async () => {
    await server.close();
    await serving;
  });
  return { tcp: `tcp://127.0.0.1:${port}`, ipc, publicKey: keys.publicKey };
}

async function echo(client: Channel, content: object): Promise<object> {
  client.post({ type: 'echo_request', content });
  for await (const { message } of client) return message.content;
  throw new Error('closed');
}

describe('one ROUTER', () => {
  test('serves CURVE over TCP and plain ipc at once', async () => {
    const { tcp, ipc, publicKey } = await echoServer();

    const remote = dealer({ connect: [tcp], curveServerKey: publicKey });
    const local = dealer({ connect: [ipc] });

    expect(await echo(remote, { from: 'tcp' })).toEqual({ from: 'tcp' });
    expect(await echo(local, { from: 'ipc' })).toEqual({ from: 'ipc' });
  });

  test.each([1, 100, 4080, 4096, 5000])('carries %i characters of any kind', async (length) => {
    const { ipc } = await echoServer();
    const client = dealer({ connect: [ipc] });

    for (const character of ['x', 'π', '日', '\0', '\ud800']) {
      const content = { text: character.repeat(length) };
      expect(await echo(client, content)).toEqual(content);
    }
    expect(warnings).toEqual([]);
  });

  test.each([
    ['without CURVE', undefined],
    ['with the key of another server', newCurveKeys().publicKey],
  ])('refuses a peer %s', async (_, curveServerKey) => {
    const { tcp } = await echoServer();
    const refused = deferred();
    const socket = new Socket('dealer', { connect: [tcp], curveServerKey, lingerMs: 0 });
    socket.onLink((event) => {
      expect(event).not.toBe('connected');
      refused.resolve();
    });

    channel(socket).post({ type: 'echo_request', content: {} });

    await refused.promise;
  });

  test('drops what is signed with another key, says so once, and serves on', async () => {
    const { ipc } = await echoServer();
    const stranger = dealer({ connect: [ipc] }, 'wrong');
    for (let n = 0; n < 20; n++) stranger.post({ type: 'echo_request', content: { n } });
    await stranger.close();
    const friend = dealer({ connect: [ipc] });

    expect(await echo(friend, { ok: true })).toEqual({ ok: true });

    expect(warnings.join('')).toMatch(/does not match the cluster key/);
    expect(warnings).toHaveLength(1);
  });

  test('rejects a send to a peer that is not there', async () => {
    const socket = scope.use(new Socket('router', { mandatory: true }));
    await socket.bind(`ipc://${folder}/s:2`);

    await expect(socket.send([Buffer.from('nobody'), Buffer.from('text')])).rejects.toMatchObject({
      code: 'EHOSTUNREACH',
    });
  });

  test('says when its address is taken', async () => {
    const { tcp } = await echoServer();
    const second = scope.use(new Socket('router'));

    await expect(second.bind(tcp)).rejects.toThrow(/another process does. Choose another port/);
  });
});

test('10,000 messages posted at once arrive in order, also when the sender closes behind them', async () => {
  const { ipc } = await echoServer();
  const client = dealer({ connect: [ipc] });
  for (let n = 0; n < 10_000; n++) client.post({ type: 'echo_request', content: { n } });

  let next = 0;
  for await (const { message } of client) {
    expect(message.content['n']).toBe(next++);
    if (next === 10_000) break;
  }
});

test('frames of any size and any bytes arrive as they were sent', async () => {
  const router = scope.use(new Socket('router'));
  await router.bind(`ipc://${folder}/s:4`);
  const peer = scope.use(new Socket('dealer', { connect: [`ipc://${folder}/s:4`] }));
  const frames = [0, 1, 128, 129, 4096, 4097, 1_000_000].flatMap((size) => [
    Buffer.alloc(size, 'text'),
    Buffer.alloc(size, 'é'),
    Uint8Array.from({ length: size }, (_, index) => index % 256),
  ]);

  await peer.send(frames);

  for await (const [, ...received] of router) {
    const isSame = received.map(
      (frame, index) => Buffer.compare(frame, frames[index] ?? frame) === 0,
    );
    expect(isSame).toEqual(frames.map(() => true));
    break;
  }
});

test('a socket that no peer takes anything from closes all the same', async () => {
  const socket = new Socket('dealer');
  channel(socket).post({ type: 'echo_request', content: {} });

  await socket.close();
});

test('a peer that hangs up before it has said anything is not refused', async () => {
  const socket = scope.use(new Socket('router'));
  const port = await socket.bind('tcp://127.0.0.1:*');
  const events: LinkEvent[] = [];
  const gone = deferred();
  socket.onLink((event) => {
    events.push(event);
    gone.resolve();
  });

  connect(port ?? 0, '127.0.0.1').end();
  await gone.promise;

  expect(events).toEqual(['disconnected']);
});

test('a peer that ends is seen at once', async () => {
  const socket = scope.use(new Socket('router'));
  await socket.bind(`ipc://${folder}/s:3`);
  const connected = deferred();
  const gone = deferred();
  socket.onLink((event) => (event === 'connected' ? connected : gone).resolve());
  const peer = new Socket('dealer', { connect: [`ipc://${folder}/s:3`] });
  await connected.promise;

  await peer.close();

  await gone.promise;
});
