import { isDeepStrictEqual } from 'node:util';
// In one file, though long: one controller is started for each test in the same way, and its parts
// are tested through each other.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../src/base/clock.js';
import { deferred } from '../../../src/base/deferred.js';
import { silentLogger } from '../../../src/base/logger.js';
import { Controller } from '../../../src/controller/controller.js';
import { Socket } from '../../../src/transport/socket.js';
import { addressOf } from '../../../src/wire/connection-info.js';
import { encode, Signer } from '../../../src/wire/framing.js';
import { parentIdOf, Session } from '../../../src/wire/message.js';
import { ControllerLab } from './controller-lab.js';

let lab: ControllerLab;

describe.each(['ipc', 'tcp with CURVE'] as const)('over %s', (transport) => {
  beforeEach(async () => {
    lab = await ControllerLab.start(transport);
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  test('engines get ids in the order in which they ask, and clients are told of each', async () => {
    const client = await lab.client();
    const engines = await lab.engines([{}, {}, {}, {}]);

    const replies = await Promise.all(engines.map((engine) => engine.reply));
    expect(replies.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
    expect(replies[0]).toMatchObject({ status: 'ok', hb_period: 100 });
    await lab.eventually(() => client.noticed('registration_notification').length === 4);

    const reply = await client.ask('registration', { type: 'connection_request' });

    const byId = Object.fromEntries(engines.map(({ uuid }, id) => [String(id), uuid]));
    expect(reply.header.msg_type).toBe('connection_reply');
    expect(reply.content).toMatchObject({ status: 'ok', engines: byId });
  });

  test('a request reaches the engine that it names, and its reply comes back whole', async () => {
    const echo = await lab.engines([
      { answer: ({ content, buffers }) => ({ content: { echo: content['n'] }, buffers }) },
      {},
    ]);
    const client = await lab.client();
    const buffers = [new Uint8Array(3_000_000).fill(7), new Uint8Array(0)];

    const reply = await client.ask('mux', {
      to: echo[0]?.uuid ?? '',
      type: 'apply_request',
      content: { n: 'π' },
      buffers,
    });

    expect(reply.content).toMatchObject({ status: 'ok', echo: 'π' });
    expect(reply.buffers.map((buffer) => Buffer.from(buffer).equals(buffers[0] ?? buffer))).toEqual(
      [true, false],
    );
    expect(echo[1]?.requests).toEqual([]);
  });

  test('control requests are carried as well', async () => {
    const [engine] = await lab.engines([{}]);
    const client = await lab.client();

    const reply = await client.ask('control', { to: engine?.uuid ?? '', type: 'clear_request' });

    expect(reply.header.msg_type).toBe('clear_reply');
  });

  test('5,000 outputs reach a client that was welcomed, all of them and in order', async () => {
    const [engine] = await lab.engines([{}]);
    const client = await lab.client();

    for (let count = 0; count < 5000; count += 1) {
      engine?.publish('stream', { name: 'stdout', text: String(count) });
    }
    const texts = () =>
      client.outputs
        .filter(({ header }) => header.msg_type === 'stream')
        .map(({ content }) => Number(content['text']));
    await lab.eventually(() => texts().length === 5000);

    expect(texts()).toEqual(Array.from({ length: 5000 }, (_, count) => count));
  });

  test('an engine with the wrong key is not registered, and that is logged once', async () => {
    lab.engine({}, { ...lab.route, key: 'wrong' });
    lab.engine({}, { ...lab.route, key: 'wrong' });
    const [engine] = await lab.engines([{}]);

    expect(await engine?.reply).toMatchObject({ id: 0 });
    expect(lab.controller.engines.size).toBe(1);
    expect(lab.logged('HMAC')).toHaveLength(1);
  });

  test('a request with the wrong key gets no answer and leaves no record', async () => {
    const [engine] = await lab.engines([{}]);
    const client = await lab.client();
    const forged = new Session().message({ type: 'connection_request', content: {} });
    await client.sendRaw('registration', encode(forged, new Signer('wrong')));
    await client.sendRaw('mux', encode(forged, new Signer('wrong'), [engine?.uuid ?? '']));
    await client.sendRaw('task', encode(forged, new Signer('wrong')));

    const reply = await client.ask('registration', { type: 'history_request' });

    expect(reply.content).toEqual({ status: 'ok', history: [] });
    expect(engine?.requests).toEqual([]);
  });

  test('garbage on any socket ends nothing', async () => {
    const [engine] = await lab.engines([{}]);
    const client = await lab.client();
    const garbage = [
      [Buffer.from('')],
      [Buffer.from('<IDS|MSG>')],
      [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')],
      ['x', '<IDS|MSG>', 'not hex', '{', '}', '[]', 'null'].map((text) => Buffer.from(text)),
      [engine?.uuid ?? '', '<IDS|MSG>'].map((text) => Buffer.from(text)),
    ];
    for (const channel of ['registration', 'mux', 'task', 'control', 'broadcast'] as const) {
      for (const frames of garbage) await client.sendRaw(channel, frames);
    }
    const { mux, task, control, broadcast, hb_pong: pong, iopub } = lab.controller.engineInfo;
    for (const port of [mux, task, control, broadcast[0] ?? 0, pong, iopub]) {
      const kind = port === iopub ? 'xpublisher' : 'dealer';
      const socket = new Socket(kind, {
        connect: [addressOf(lab.route, port)],
        curveServerKey: lab.route.curveServerKey,
      });
      for (const frames of garbage) await socket.send(frames);
      await socket.close();
    }
    const bad = { type: 'apply_request', metadata: { targets: 3, after: 'x', timeout: {} } };
    client.post('broadcast', bad);
    client.post('registration', { type: 'registration_request', content: { uuid: 7 } });

    const to = engine?.uuid ?? '';
    const spread = client.post('broadcast', {
      type: 'apply_request',
      metadata: { targets: [[to, 0]], is_coalescing: false },
    });
    const replies = await Promise.all([
      client.ask('registration', { type: 'queue_request', content: { targets: null } }),
      client.ask('mux', { to, type: 'apply_request' }),
      client.ask('task', { type: 'apply_request' }),
      client.ask('control', { to, type: 'clear_request' }),
      client.replyTo(`${spread.header.msg_id}_${to}`),
    ]);

    expect(replies.map(({ content }) => content['status'])).toEqual(Array(5).fill('ok'));
  });
});

describe('the life of engines', () => {
  beforeEach(async () => {
    lab = await ControllerLab.start('ipc', { heartbeat: { periodMs: 50, maxMissed: 4 } });
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  test('a second engine with the same uuid is refused, and the first goes on', async () => {
    await lab.engines([{ uuid: 'twin' }]);
    const client = await lab.client();
    const second = lab.engine({ uuid: 'twin', isHeartless: true });

    expect(await second.reply).toMatchObject({
      status: 'error',
      ename: 'KeyError',
      evalue: "uuid 'twin' in use",
    });
    await second[Symbol.asyncDispose]();
    expect([...lab.controller.engines.keys()]).toEqual([0]);
    const reply = await client.ask('registration', { type: 'connection_request' });
    expect(reply.content).toMatchObject({ engines: { 0: 'twin' } });
  });

  test('an engine without a heart is not registered', async () => {
    const heartless = lab.engine({ isHeartless: true });
    await heartless.reply;
    await lab.engine().reply;
    await lab.registered(1);

    expect([...lab.controller.engines.keys()]).toEqual([1]);
  });

  test('an engine that falls silent is lost, and clients are told', async () => {
    const [engine] = await lab.engines([{}, {}]);
    const client = await lab.client();

    await engine?.stopHeart();
    await lab.eventually(() => client.noticed('unregistration_notification').length === 1);

    expect(client.noticed('unregistration_notification')).toEqual([
      { id: 0, uuid: engine?.uuid, pxlab: { death: { how: 'silent' } } },
    ]);
    expect([...lab.controller.engines.keys()]).toEqual([1]);
  });

  test('an engine that unregisters has left at once', async () => {
    const [engine] = await lab.engines([{}]);
    const client = await lab.client();

    engine?.unregister(0);
    await lab.eventually(() => client.noticed('unregistration_notification').length === 1);

    expect(client.noticed('unregistration_notification')).toMatchObject([
      { id: 0, pxlab: { death: { how: 'left' } } },
    ]);
  });

  test('a death that its supervisor saw is told with its signal, to clients and listeners', async () => {
    const [engine] = await lab.engines([{}]);
    const client = await lab.client();
    const changes: string[] = [];
    lab.controller.onEngineChange((change) => changes.push(change.type));
    const death = { how: 'killed', signal: 'SIGKILL' } as const;

    lab.controller.engineLost(engine?.uuid ?? '', death);
    lab.controller.engineLost(engine?.uuid ?? '', death);
    await lab.eventually(() => client.noticed('unregistration_notification').length === 1);

    expect(client.noticed('unregistration_notification')).toMatchObject([{ pxlab: { death } }]);
    expect(changes).toEqual(['lost']);
  });

  test('a request to an unknown engine is dropped, and the next one is carried', async () => {
    const [engine] = await lab.engines([{}]);
    const client = await lab.client();

    client.post('mux', { to: 'nobody', type: 'apply_request' });
    const reply = await client.ask('mux', { to: engine?.uuid ?? '', type: 'apply_request' });

    expect(reply.content).toEqual({ status: 'ok' });
    expect(lab.logged('unknown engine')).toHaveLength(1);
  });

  test('requests to a registered engine wait a moment for its link, and keep their order', async () => {
    const [engine] = await lab.engines([{ isMuxLate: true }]);
    const client = await lab.client();
    const to = engine?.uuid ?? '';
    const ask = (n: number) => client.ask('mux', { to, type: 'apply_request', content: { n } });

    const replies = [0, 1, 2].map(ask);
    await client.ask('task', { type: 'apply_request' });
    engine?.connectMux();
    await Promise.all([...replies, ask(3)]);

    const order = engine?.requests.flatMap(({ content }) => content['n'] ?? []);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test('a registered engine whose links are gone is lost when a request is for it', async () => {
    const [engine] = await lab.engines([{}]);
    const client = await lab.client();
    await engine?.[Symbol.asyncDispose]();

    client.post('mux', { to: engine?.uuid ?? '', type: 'apply_request' });

    await lab.eventually(() => client.noticed('unregistration_notification').length === 1);
  });

  test('an engine whose process ends is lost long before its heart is missed', async () => {
    await using slow = await ControllerLab.start('tcp with CURVE', {
      heartbeat: { periodMs: 60_000, reconnectMs: 1000 },
    });
    const [engine] = await slow.engines([{}, {}]);

    await engine?.[Symbol.asyncDispose]();
    await slow.registered(1);

    expect([...slow.controller.engines.keys()]).toEqual([1]);
  });

  test('all engines can be asked to end', async () => {
    const engines = await lab.engines([{}, {}]);

    lab.controller.shutdownEngines();

    const types = () => engines.map(({ requests }) => requests[0]?.header.msg_type);
    await lab.eventually(() => types().every((type) => type === 'shutdown_request'));
  });
});

describe('tasks', () => {
  beforeEach(async () => {
    lab = await ControllerLab.start();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  test('tasks are balanced over the engines, one at a time each', async () => {
    let running = 0;
    let most = 0;
    const answer = async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return {};
    };
    const engines = await lab.engines([{ answer }, { answer }, { answer }, { answer }]);
    const client = await lab.client();

    const replies = await Promise.all(
      Array.from({ length: 40 }, () => client.ask('task', { type: 'apply_request' })),
    );

    expect(replies.map(({ content }) => content['status'])).toEqual(Array(40).fill('ok'));
    expect(engines.reduce((sum, { requests }) => sum + requests.length, 0)).toBe(40);
    expect(Math.min(...engines.map(({ requests }) => requests.length))).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('a task of a lost engine fails while others go on; with retries it runs elsewhere', async () => {
    const engines = await lab.engines([
      { answer: () => undefined },
      { answer: () => undefined },
      {},
    ]);
    const client = await lab.client();
    const [doomed, dying, healthy] = engines.map(({ uuid }) => uuid);
    const failing = client.ask('task', {
      type: 'execute_request',
      metadata: { targets: [doomed] },
    });
    const saved = client.ask('task', {
      type: 'apply_request',
      metadata: { targets: [dying, healthy], retries: 1 },
    });
    await lab.eventually(() => engines[0]?.requests.length === 1);

    const death = { how: 'killed', signal: 'SIGKILL' } as const;
    lab.controller.engineLost(doomed ?? '', death);
    lab.controller.engineLost(dying ?? '', death);

    expect(await failing).toMatchObject({
      header: { msg_type: 'execute_reply' },
      content: { status: 'error', ename: 'EngineError' },
      metadata: { status: 'error', engine: doomed, pxlab: { death } },
    });
    expect((await saved).metadata).toMatchObject({ status: 'ok', engine: healthy });
  });

  test('a task that fails is tried on other engines as often as asked for', async () => {
    let failures = 0;
    const answer = () =>
      (failures += 1) <= 2
        ? { content: { status: 'error', ename: 'E', evalue: '', traceback: [] } }
        : {};
    const engines = await lab.engines([{ answer }, { answer }, { answer }]);
    const client = await lab.client();

    const reply = await client.ask('task', { type: 'apply_request', metadata: { retries: 2 } });

    expect(reply.content).toMatchObject({ status: 'ok' });
    expect(engines.map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
  });

  test('what no engine can run, or takes in time, is answered by the scheduler', async () => {
    await lab.engines([{ answer: () => undefined }]);
    const client = await lab.client();
    client.post('task', { type: 'apply_request' });

    const replies = await Promise.all([
      client.ask('task', { type: 'apply_request', metadata: { targets: ['nobody'] } }),
      client.ask('task', { type: 'apply_request', metadata: { after: ['nothing'] } }),
      client.ask('task', { type: 'apply_request', metadata: { timeout: 0.05 } }),
    ]);

    expect(replies.map(({ content }) => content['ename'])).toEqual([
      'ImpossibleDependency',
      'InvalidDependency',
      'TaskTimeout',
    ]);
  });

  test('a task that failed wherever it could run times out', async () => {
    const answer = () => ({ content: { status: 'error', ename: 'E', evalue: '', traceback: [] } });
    const [engine] = await lab.engines([{ answer }]);
    const client = await lab.client();

    const reply = await client.ask('task', {
      type: 'apply_request',
      metadata: { retries: 3, timeout: 0.05 },
    });

    expect(reply.content).toMatchObject({ status: 'error', ename: 'TaskTimeout' });
    expect(engine?.requests).toHaveLength(1);
  });

  test('tasks that no engine has can be taken back', async () => {
    const [engine] = await lab.engines([{ answer: () => undefined }]);
    const client = await lab.client();
    const first = client.post('task', { type: 'apply_request' });
    const second = client.post('task', { type: 'apply_request' });
    const ids = [first.header.msg_id, second.header.msg_id];

    const reply = await client.ask('task', { type: 'abort_request', content: { msg_ids: ids } });

    expect(reply.content).toEqual({
      status: 'ok',
      pxlab: { engines: { [ids[0] ?? '']: engine?.uuid } },
    });
    expect((await client.replyTo(ids[1] ?? '')).content).toEqual({ status: 'aborted' });
  });
});

describe('broadcasts', () => {
  beforeEach(async () => {
    lab = await ControllerLab.start();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const answer = (request: { content: object }, engine: { uuid: string }) => ({
    content: { echo: request.content },
    buffers: [Buffer.from(engine.uuid)],
  });

  test('each engine gets a copy with an id of its own, and answers for itself', async () => {
    const engines = await lab.engines([{ answer }, { answer }, { answer }]);
    const client = await lab.client();
    const targets = engines.slice(1).map(({ uuid }, index) => [uuid, index + 1]);

    const request = client.post('broadcast', {
      type: 'apply_request',
      metadata: { targets, is_broadcast: true, is_coalescing: false },
    });
    const replies = await Promise.all(
      engines.slice(1).map(({ uuid }) => client.replyTo(`${request.header.msg_id}_${uuid}`)),
    );

    expect(replies.map(({ buffers }) => Buffer.from(buffers[0] ?? []).toString())).toEqual(
      engines.slice(1).map(({ uuid }) => uuid),
    );
    expect(engines[0]?.requests).toEqual([]);
  });

  test('a coalescing one is answered once, with the buffers of all', async () => {
    const engines = await lab.engines([{ answer }, { answer }, { answer }]);
    const client = await lab.client();
    const targets = engines.map(({ uuid }, id) => [uuid, id]);
    const request = client.post('broadcast', {
      type: 'apply_request',
      metadata: { targets, is_broadcast: true, is_coalescing: true },
    });

    const copies = engines.map(({ uuid }) => client.replyTo(`${request.header.msg_id}_${uuid}`));
    const reply = await Promise.race(copies);

    expect(reply.metadata).toMatchObject({
      original_msg_id: request.header.msg_id,
      broadcast_targets: targets,
    });
    expect(reply.buffers.map((buffer) => Buffer.from(buffer).toString())).toEqual(
      engines.map(({ uuid }) => uuid),
    );
  });
});

describe('questions to the hub', () => {
  let requests: object[];
  let shutdowns: number;

  beforeEach(async () => {
    requests = [];
    shutdowns = 0;
    lab = await ControllerLab.start('ipc', {
      onClusterRequest: (content) => {
        requests.push(content);
        return content['action'] === 'status'
          ? Promise.resolve({ status: 'ok', n: 4 })
          : Promise.reject(new Error('No launcher'));
      },
      onShutdown: () => (shutdowns += 1),
    });
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  test('the queue of each engine is known while requests wait and after', async () => {
    const gate = deferred();
    const answer = async () => {
      await gate.promise;
      return {};
    };
    const [engine] = await lab.engines([{ answer }, { answer }]);
    const client = await lab.client();
    const to = engine?.uuid ?? '';
    const status = async () =>
      (await client.ask('registration', { type: 'queue_request', content: {} })).content;
    const replies = [
      client.ask('mux', { to, type: 'apply_request' }),
      ...[1, 2, 3].map(() => client.ask('task', { type: 'apply_request' })),
    ];
    const queue = { queue: 1, tasks: 1, completed: 0 };
    let seen = {};
    const expected = { status: 'ok', 0: queue, 1: { ...queue, queue: 0 }, unassigned: 1 };
    // The requests travel on sockets of their own.
    await until(async () => isDeepStrictEqual((seen = await status()), expected), {
      timeoutMs: 10_000,
    });
    expect(seen).toEqual(expected);

    gate.resolve();
    await Promise.all(replies);

    const after = await status();
    expect(after).toMatchObject({ unassigned: 0 });
    const completed = [...JSON.stringify(after).matchAll(/"completed":(\d)/g)];
    expect(completed.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(4);
  });

  test('a later client fetches results with their outputs and buffers', async () => {
    const [engine] = await lab.engines([
      {
        answer: (request, self) => {
          self.publish('stream', { name: 'stdout', text: 'hello' }, request);
          self.publish('status', { execution_state: 'idle' }, request);
          return { buffers: [Buffer.from('value')] };
        },
      },
    ]);
    const first = await lab.client();
    const to = engine?.uuid ?? '';
    const reply = await first.ask('mux', { to, type: 'apply_request' });
    await lab.eventually(() => first.outputs.some(({ header }) => header.msg_type === 'status'));
    const id = parentIdOf(reply) ?? '';
    const second = await lab.client();

    const result = await second.ask('registration', {
      type: 'result_request',
      content: { msg_ids: [id] },
    });
    const history = await second.ask('registration', { type: 'history_request' });

    expect(result.content).toMatchObject({
      completed: [id],
      [id]: { result_content: { status: 'ok' }, io: { stdout: 'hello' } },
    });
    expect(Buffer.from(result.buffers[0] ?? []).toString()).toBe('value');
    expect(history.content).toMatchObject({ history: [id] });
  });

  test('an unknown request, and one that fails, is a hub_error', async () => {
    const client = await lab.client();

    const unknown = await client.ask('registration', { type: 'magic_request' });
    const missing = await client.ask('registration', {
      type: 'result_request',
      content: { msg_ids: ['no'] },
    });

    expect(unknown.header.msg_type).toBe('hub_error');
    expect(unknown.content).toMatchObject({
      status: 'error',
      evalue: "No such request: 'magic_request'",
      engine_info: {},
    });
    expect(missing.content).toMatchObject({ ename: 'KeyError', evalue: 'No such message: no' });
  });

  test('requests to the cluster are answered by its owner', async () => {
    const client = await lab.client();
    const ask = (action: string) =>
      client.ask('registration', { type: 'pxlab_cluster_request', content: { action } });

    expect(await ask('status')).toMatchObject({
      header: { msg_type: 'pxlab_cluster_reply' },
      content: { status: 'ok', n: 4 },
    });
    expect((await ask('start-engines')).content).toMatchObject({ evalue: 'No launcher' });
    expect(requests).toHaveLength(2);
  });

  test('a shutdown is answered, announced, and left to the owner', async () => {
    const client = await lab.client();

    const reply = await client.ask('registration', { type: 'shutdown_request' });
    await lab.eventually(() => client.noticed('shutdown_notification').length === 1);

    expect(reply.content).toEqual({ status: 'ok' });
    expect(shutdowns).toBe(1);
  });

  test('clients are told when the controller closes', async () => {
    const client = await lab.client();

    await lab.controller.close();

    await lab.eventually(() => client.noticed('shutdown_notification').length === 1);
    expect(shutdowns).toBe(0);
  });
});

describe('start', () => {
  test('a taken port is a sentence with the address', async () => {
    const listen = { key: 'k', log: silentLogger };
    await using first = await Controller.start({ ...listen, tcp: { ip: '127.0.0.1' } });
    const ports = { registration: [first.clientInfo.registration] };

    await expect(
      Controller.start({ ...listen, tcp: { ip: '127.0.0.1', ports } }),
    ).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: expect.stringContaining(String(ports.registration[0])) as string,
    });
  });

  test('without an address there is nothing to start', async () => {
    await expect(Controller.start({ key: 'k', log: silentLogger })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    });
  });

  test('an engine over ipc and a client over TCP meet, at the same port numbers', async () => {
    await using both = await ControllerLab.start('tcp with CURVE');
    const base = both.controller.clientInfo.pxlab?.ipc ?? '';
    const engine = both.engine({}, { base, key: both.route.key, curveServerKey: undefined });
    await both.registered(1);
    const client = await both.client();

    const reply = await client.ask('mux', { to: engine.uuid, type: 'apply_request' });

    expect(reply.content).toEqual({ status: 'ok' });
    expect(both.route.base).toBe('tcp://127.0.0.1');
    expect(base).toMatch(/^ipc:/);
  });

  test('a plain socket gets nothing out of an address guarded by CURVE', async () => {
    await using guarded = await ControllerLab.start('tcp with CURVE');
    const refused = deferred();
    const socket = new Socket('subscriber', {
      connect: [addressOf(guarded.route, guarded.controller.clientInfo.iopub)],
    });
    socket.onLink((event) => {
      if (event !== 'connected') refused.resolve();
    });

    await refused.promise;
    await socket.close();
  });
});
