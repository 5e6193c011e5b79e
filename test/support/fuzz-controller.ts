import { Scope } from '../../src/base/scope.js';
import { ControllerSockets, type SocketName } from '../../src/controller/sockets.js';
import { Socket } from '../../src/transport/socket.js';
import { addressOf } from '../../src/wire/connection-info.js';
import { parentIdOf } from '../../src/wire/message.js';
import { ControllerLab } from '../integration/controller/controller-lab.js';
import { mutated, pickFrom, randomFrom, renewed } from './mutations.js';
import { settledMemory } from './settled-memory.js';
import { Tap, type Tapped } from './tap.js';

const key = 'secret';

/**
 * Has clients and engines talk to a controller, records what it gets, and then sends it `count` mutations
 * of that, from strangers. Afterwards an engine must be able to register and a client to use it.
 */
export async function fuzzController(options: { count: number; seed: number }): Promise<{
  readonly sent: number;
  readonly grownBytes: number;
  readonly logLines: number;
}> {
  using tap = new Tap({ sockets: ControllerSockets, socket: Socket });
  await using lab = await ControllerLab.start('ipc', { key, records: { maxBytes: 16e6 } });
  await talk(lab);
  tap.stopKeeping();
  const recorded = tap.received.flatMap(withoutSender);
  const heard = tap.receivedCount;
  await using strangers = new Strangers(lab);
  const random = randomFrom(options.seed);
  const before = settledMemory();
  for (let index = 0; index < options.count; index += 1) {
    const original = pickFrom(recorded, random);
    const frames = random() < 0.5 ? renewed(original.frames) : original.frames;
    const wrong = mutated(frames, key, random);
    if (wrong.length > 0) await strangers.send(original.socket, wrong);
    if (index % 500 === 499) await answers(lab);
  }
  // ZeroMQ drops what a ROUTER cannot take apart: nearly all is enough.
  await lab.eventually(() => tap.receivedCount - heard > 0.9 * options.count, 120_000);
  await answers(lab);
  await worksOn(lab);
  const grownBytes = settledMemory() - before;
  return { sent: options.count, grownBytes, logLines: lab.logged('').length };
}

/** As it was sent: a ROUTER has put the sender's identity in front of it. */
function withoutSender({ socket, frames }: Tapped): Tapped[] {
  if (socket === 'clientIopub') return []; // subscriptions
  return [{ socket, frames: socket === 'engineIopub' ? frames : frames.slice(1) }];
}

/** Everything that a controller is asked, once at least. */
async function talk(lab: ControllerLab): Promise<void> {
  const [first, second, third] = await lab.engines([{}, {}, {}]);
  const client = await lab.client();
  if (first === undefined || second === undefined || third === undefined) throw new Error('none');
  const execute = { type: 'execute_request', content: { code: '1', silent: false } };
  const ran = await client.ask('mux', { to: first.uuid, ...execute });
  const targets = [first, second].map(({ uuid }, index) => [uuid, index]);
  const spread = client.post('broadcast', {
    ...execute,
    metadata: { targets, is_broadcast: true, is_coalescing: false },
  });
  await client.replyTo(`${spread.header.msg_id}_${second.uuid}`);
  const task = await client.ask('task', { ...execute, metadata: { retries: 1 } });
  const taskId = parentIdOf(task) ?? '';
  await client.ask('task', { ...execute, metadata: { after: [taskId], follow: [taskId] } });
  await client.ask('control', {
    to: second.uuid,
    type: 'abort_request',
    content: { msg_ids: null },
  });
  first.publish('stream', { name: 'stdout', text: 'hello' }, first.requests[0]);
  const ids = { msg_ids: [parentIdOf(ran) ?? '', taskId] };
  const questions: [string, object][] = [
    ['connection_request', {}],
    ['queue_request', { targets: null, verbose: true }],
    ['load_request', { targets: [0] }],
    ['result_request', { ...ids, status_only: false }],
    ['history_request', {}],
    ['db_request', { query: { msg_id: { $in: ids.msg_ids } }, keys: ['header'] }],
    ['resubmit_request', ids],
    ['purge_request', { msg_ids: [taskId], engine_ids: [0] }],
    ['pxlab_cluster_request', { action: 'status' }],
  ];
  for (const [type, content] of questions) await client.ask('registration', { type, content });
  await client.ask('mux', { to: third.uuid, ...execute });
  lab.controller.engineLost(third.uuid, { how: 'killed' }); // what is for it is for nobody any more
  await third[Symbol.asyncDispose]();
}

/** The controller answers, whatever it was sent. */
async function answers(lab: ControllerLab): Promise<void> {
  const client = await lab.client();
  await client.ask('registration', { type: 'connection_request' });
  await client[Symbol.asyncDispose]();
}

async function worksOn(lab: ControllerLab): Promise<void> {
  const engine = lab.engine();
  await engine.reply;
  await lab.eventually(() =>
    [...lab.controller.engines.values()].some(({ uuid }) => uuid === engine.uuid),
  );
  const client = await lab.client();
  const { content } = await client.ask('mux', { to: engine.uuid, type: 'execute_request' });
  if (content['status'] !== 'ok') throw new Error('the controller carries no requests any more');
}

/** Sockets of someone who knows the addresses. */
class Strangers implements AsyncDisposable {
  readonly #lab: ControllerLab;
  readonly #scope = new Scope();
  readonly #sockets = new Map<SocketName, Socket>();

  constructor(lab: ControllerLab) {
    this.#lab = lab;
  }

  send(name: SocketName, frames: readonly Uint8Array[]): Promise<void> {
    const known = this.#sockets.get(name) ?? this.#open(name);
    return known.send(frames);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope.close();
  }

  #open(name: SocketName): Socket {
    const connect = [addressOf(this.#lab.route, this.#portOf(name))];
    const kind = name === 'engineIopub' ? 'publisher' : 'dealer';
    const socket = this.#scope.use(new Socket(kind, { connect, lingerMs: 0 }));
    this.#sockets.set(name, socket);
    return socket;
  }

  #portOf(name: SocketName): number {
    const { engineInfo: engine, clientInfo: client } = this.#lab.controller;
    const ports: Readonly<Partial<Record<SocketName, number | undefined>>> = {
      registration: engine.registration,
      engineControl: engine.control,
      engineMux: engine.mux,
      engineTask: engine.task,
      engineIopub: engine.iopub,
      heartPong: engine.hb_pong,
      engineBroadcast: engine.broadcast[0],
      clientControl: client.control,
      clientMux: client.mux,
      clientTask: client.task,
      clientBroadcast: client.broadcast,
    };
    const port = ports[name];
    if (port === undefined) throw new Error(`nobody sends to ${name}`);
    return port;
  }
}
