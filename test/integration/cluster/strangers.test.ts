import { Cluster } from 'pxlab';
import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { silentLogger } from '../../../lib/base/logger.js';
import { Channel } from '../../../lib/transport/channel.js';
import { newCurveKeys, Socket } from '../../../lib/transport/socket.js';
import { clientFile } from '../../../lib/wire/cluster-files.js';
import { type ClientInfoFile, parseClientInfo } from '../../../lib/wire/connection-info.js';
import { Session } from '../../../lib/wire/message.js';
import { openSandbox } from '../../support/sandbox.js';

/** A shared cluster with TCP, its connection file, and a client of it that makes its engine print. */
async function startShared() {
  const { profileDir, env } = await openSandbox();
  const cluster = await Cluster.start({ n: 1, profileDir, env, owner: null, tcp: true });
  onTestFinished(() => cluster.stop());
  const path = clientFile(cluster);
  const info = parseClientInfo(await readFile(path, 'utf8'), path);
  const client = await cluster.connect();
  onTestFinished(() => client.close());
  return { info, print: () => client.direct(0).execute('console.log("a secret")') };
}

/** Everything that a subscriber of the outputs gets, who has `serverKey` or none. */
function listen(info: ClientInfoFile, serverKey: string | undefined): Uint8Array[][] {
  const socket = new Socket('subscriber', {
    connect: [`${info.interface}:${info.iopub}`],
    curveServerKey: serverKey,
  });
  onTestFinished(() => socket.close());
  const heard: Uint8Array[][] = [];
  void (async () => {
    for await (const frames of socket) heard.push(frames);
  })();
  return heard;
}

test('a stranger on the host who has not read the connection file hears nothing over TCP', async () => {
  const { info, print } = await startShared();
  const plain = listen(info, undefined);
  const wrongKey = listen(info, newCurveKeys().publicKey);
  const friend = listen(info, info.curve_serverkey ?? undefined);

  const didFriendHear = await until(
    async () => {
      await print();
      return friend.length > 0;
    },
    { timeoutMs: 5000 },
  );

  expect(didFriendHear).toBe(true);
  expect(plain).toEqual([]);
  expect(wrongKey).toEqual([]);
});

test('a stranger who knows the port gets no answer from the hub, nor with a wrong signature', async () => {
  const { info } = await startShared();
  const ask = (key: string, serverKey: string | undefined): (() => boolean) => {
    const socket = new Socket('dealer', {
      connect: [`${info.interface}:${info.registration}`],
      curveServerKey: serverKey,
      lingerMs: 0,
    });
    onTestFinished(() => socket.close());
    const channel = new Channel(socket, { session: new Session(), key, log: silentLogger });
    let isAnswered = false;
    void (async () => {
      for await (const incoming of channel) isAnswered ||= incoming.message.header.msg_id !== '';
    })();
    channel.post({ type: 'connection_request', content: {} });
    return () => isAnswered;
  };
  const serverKey = info.curve_serverkey ?? undefined;

  const isPlainAnswered = ask(info.key, undefined);
  const isForgedAnswered = ask('guessed', serverKey);
  const isFriendAnswered = ask(info.key, serverKey);

  await expect(until(isFriendAnswered, { timeoutMs: 5000 })).resolves.toBe(true);
  expect([isPlainAnswered(), isForgedAnswered()]).toEqual([false, false]);
});
