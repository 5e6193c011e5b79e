import { expect, test } from 'vitest';
import { Client } from '../../../lib/client/client.js';
import { ControllerSockets } from '../../../lib/controller/sockets.js';
import { Socket } from '../../../lib/transport/socket.js';
import { encode, Signer } from '../../../lib/wire/framing.js';
import { Session } from '../../../lib/wire/message.js';
import { type Frames, Tap, type Tapped } from '../../support/tap.js';
import { EngineBench } from './engines.js';

const classes = { sockets: ControllerSockets, socket: Socket };

test('a request that is sent three times runs once', async () => {
  using tap = new Tap(classes);
  await using bench = await EngineBench.start(1);
  await using client = await Client.connect({ connectionInfo: bench.controller.clientInfo });
  const view = client.direct(0);
  await view.push({ runs: 0 });
  tap.mangle({
    isMeant: ({ socket }) => socket === 'engineMux',
    before: () => [],
    after: ({ frames }) => [frames, frames],
  });

  await view.execute('runs += 1');

  expect(await view.execute('runs')).toBe(1);
  expect(tap.mangledCount).toBe(4);
});

test('an engine registers though the hub says other things first', async () => {
  using tap = new Tap(classes);
  const contents = [{}, { status: 'ok', id: 'seven' }, { status: 'ok', id: -1 }, { status: 7 }];
  tap.mangle({
    isMeant: isRegistrationReply,
    before: ({ frames: [uuid = Buffer.of(), , signature] }) =>
      contents.map((content) => registrationReply(content, [uuid], signature?.length ?? 0)),
    after: () => [],
  });

  await using bench = await EngineBench.start(1);
  await using client = await Client.connect({ connectionInfo: bench.controller.clientInfo });

  expect(tap.mangledCount).toBe(contents.length);
  expect(await client.direct(0).execute('px.id')).toBe(0);

  /** Signed with the cluster's key, which the bench gives to every engine. */
  function registrationReply(content: object, idents: Uint8Array[], signed: number): Frames {
    const signer = new Signer(signed > 0 ? 'the key of these tests' : '');
    return encode(new Session().message({ type: 'registration_reply', content }), signer, idents);
  }
});

function isRegistrationReply({ socket, frames }: Tapped): boolean {
  const header = Buffer.from(frames[3] ?? []).toString('utf8');
  return socket === 'registration' && header.includes('"registration_reply"');
}
