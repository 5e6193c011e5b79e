import { until } from '../../lib/base/clock.js';
import { jsonLogger } from '../../lib/base/logger.js';
import { Client } from '../../lib/client/client.js';
import { ControllerSockets } from '../../lib/controller/sockets.js';
import { pythonPull, pythonPush } from '../../lib/serialize/python/to-python.js';
import { Socket } from '../../lib/transport/socket.js';
import type { ClusterState } from '../../lib/wire/cluster-state.js';
import { EngineBench } from '../integration/engine/engines.js';
import { mutated, randomFrom, renewed } from './mutations.js';
import { ScriptedEngine } from './scripted-engine.js';
import { Tap, type Tapped } from './tap.js';

export interface FuzzOptions {
  /** How many messages with something wrong in them are sent. */
  readonly count: number;
  readonly seed: number;
}

/** So many go in front of each message that is in order. */
const copies = 8;

/** A controller that mangles what it sends, a real engine, and a client of ours. */
export class FuzzBench implements AsyncDisposable {
  readonly tap: Tap;
  readonly bench: EngineBench;
  readonly client: Client;
  /** Hears how the cluster stands. */
  readonly onlooker: Client;
  readonly clientLog: readonly string[];

  static async start(): Promise<FuzzBench> {
    const tap = new Tap({ sockets: ControllerSockets, socket: Socket });
    const bench = await EngineBench.start(1);
    const lines: string[] = [];
    const log = jsonLogger((line) => lines.push(line), { level: 'debug' });
    const options = { connectionInfo: bench.controller.clientInfo, log };
    const client = await Client.connect(options);
    const onState = (state: ClusterState): void => void JSON.stringify(state);
    const onlooker = await Client.connect({ ...options, onState });
    return new FuzzBench({ tap, bench, client, onlooker, clientLog: lines });
  }

  private constructor(parts: {
    tap: Tap;
    bench: EngineBench;
    client: Client;
    onlooker: Client;
    clientLog: readonly string[];
  }) {
    this.tap = parts.tap;
    this.bench = parts.bench;
    this.client = parts.client;
    this.onlooker = parts.onlooker;
    this.clientLog = parts.clientLog;
  }

  get key(): string {
    return this.bench.controller.clientInfo.key;
  }

  /** True for what goes to the engine, false for what goes to clients. */
  isForEngine({ socket, frames }: Tapped): boolean {
    if (socket === 'registration') return nameOf(frames[0]) === this.bench.uuid(0);
    return socket.startsWith('engine') || socket === 'heartPing';
  }

  /** From now on messages of one direction have mutated ones in front of them, and come twice. */
  mangle(target: 'engine' | 'client', seed: number): void {
    const random = randomFrom(seed);
    this.tap.mangle({
      isMeant: (message) => this.isForEngine(message) === (target === 'engine'),
      before: ({ socket, frames }) => {
        const routing = hasRouting(socket) ? frames.slice(0, 1) : [];
        const rest = frames.slice(routing.length);
        // With another date: else the one that is in order would be taken for the one that is not.
        const wrong = Array.from({ length: copies }, () =>
          mutated(renewed(rest), this.key, random),
        );
        return wrong.map((each) => [...routing, ...each]).filter((each) => each.length > 0);
      },
      after: ({ frames }) => [frames],
    });
  }

  /** One of everything that a client asks for; what comes of it does not matter. */
  async talk(): Promise<PromiseSettledResult<unknown>[]> {
    const { client, bench } = this;
    const view = client.direct(0).with({ timeoutMs: 2000 });
    const engine = bench.uuid(0);
    const python = (buffers: Uint8Array[]): string =>
      bench.client.request('mux', engine, { type: 'apply_request', buffers });
    python(pythonPush({ a: 1, b: [new Float64Array(200), 'text'], c: new Date(0) }));
    python(pythonPull(['a', 'b']));
    bench.client.request('control', engine, { type: 'signal_request', content: { sig: 0 } });
    bench.client.request('control', engine, { type: 'kernel_info_request' });
    bench.client.request('broadcast', undefined, {
      type: 'execute_request',
      content: { code: '2', silent: true },
      metadata: { targets: [[engine, 0]], is_broadcast: true, is_coalescing: true },
    });
    const found = view.execute('console.log("found")');
    const shown = view.execute('console.log("hello"); display({ "text/plain": "x" }); 1 + 1');
    const asked = Promise.allSettled([
      shown,
      view.execute('throw new TypeError("no")'),
      view.push({ big: new Float64Array(500), small: new Map([[1, { deep: [undefined] }]]) }),
      view.pull('small'),
      found,
      // Mutated news tell of engines of other languages, for which there is no one text.
      Promise.resolve().then(() => client.loadBalanced({ timeoutMs: 2000 }).execute('3')),
      client.queueStatus(),
      client.interrupt(0),
      client.clear(0),
      client.recordedCalls('a notebook'),
      this.#meet(),
    ]);
    const outcomes: PromiseSettledResult<unknown>[] = await asked;
    const again = Promise.allSettled([
      client.result(found.messageIds, { timeoutMs: 2000 }),
      allOf(shown.stream()),
      Promise.resolve().then(() => [shown.outputs, shown.tasks, shown.serialMs]),
    ]);
    return [...outcomes, ...(await again)];
  }

  /** An engine comes and goes. */
  async #meet(): Promise<void> {
    const { engineInfo: info, engines } = this.bench.controller;
    const route = { base: info.interface, key: info.key, curveServerKey: undefined };
    await using engine = new ScriptedEngine(info, route);
    // Not as the reply says, which may be one with another engine's id in it.
    const entry = (): { id: number } | undefined =>
      [...engines.values()].find(({ uuid }) => uuid === engine.uuid);
    await until(() => entry() !== undefined, { timeoutMs: 5000, periodMs: 5 });
    const id = entry()?.id;
    if (id !== undefined) engine.unregister(id);
    await until(() => entry() === undefined, { timeoutMs: 5000, periodMs: 5 });
  }

  /** The engine does for the client what it is asked for, as if nothing had happened. */
  async worksOn(): Promise<boolean> {
    return until(
      async () => {
        const [answer] = await Promise.allSettled([
          this.client.direct(0).execute('6 * 7', { timeoutMs: 5000 }),
        ]);
        return answer.status === 'fulfilled' && answer.value === 42;
      },
      { timeoutMs: 30_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.tap.mangle(undefined);
    await this.client.close();
    await this.onlooker.close();
    await this.bench[Symbol.asyncDispose]();
    this.tap[Symbol.dispose]();
  }
}

async function allOf(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function hasRouting(socket: Tapped['socket']): boolean {
  return !['clientIopub', 'notification', 'heartPing'].includes(socket);
}

function nameOf(frame: Uint8Array | undefined): string {
  return Buffer.from(frame ?? []).toString('latin1');
}
