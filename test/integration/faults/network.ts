import { Scope } from '../../../lib/base/scope.js';
import { type Clock, systemClock, until } from '../../../lib/base/clock.js';
import { silentLogger } from '../../../lib/base/logger.js';
import { Client } from '../../../lib/client/client.js';
import { Controller, type HeartbeatOptions } from '../../../lib/controller/controller.js';
import { newCurveKeys } from '../../../lib/transport/socket.js';
import type { ClientInfoFile, EngineInfoFile } from '../../../lib/wire/connection-info.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { type EngineChild, spawnEngine } from '../engine/engines.js';

/**
 * A controller, an engine and a client that are far from each other: each end reaches the controller over
 * TCP, behind CURVE, through a network of its own that can be cut.
 */
export class Network implements AsyncDisposable {
  readonly controller: Controller;
  /** Between the engines and the controller. */
  readonly engineSide: TcpProxy;
  /** Between the clients and the controller. */
  readonly clientSide: TcpProxy;
  readonly engines: EngineChild[] = [];
  readonly #scope: Scope;

  static async open(heartbeat: HeartbeatOptions = {}): Promise<Network> {
    const scope = new Scope();
    const controller = await Controller.start({
      tcp: { ip: '127.0.0.1', curve: newCurveKeys() },
      key: 'the key of these tests',
      log: silentLogger,
      location: 'a machine far away',
      heartbeat,
    });
    scope.use(controller);
    const [engineSide, clientSide] = await Promise.all(
      [controller.engineInfo, controller.clientInfo].map((info) => TcpProxy.to(portsOf(info))),
    );
    if (!engineSide || !clientSide) throw new Error('no proxies');
    for (const side of [engineSide, clientSide]) {
      scope.onClose(() => side[Symbol.asyncDispose]());
    }
    return new Network(scope, { controller, engineSide, clientSide });
  }

  private constructor(
    scope: Scope,
    parts: { controller: Controller; engineSide: TcpProxy; clientSide: TcpProxy },
  ) {
    this.#scope = scope;
    this.controller = parts.controller;
    this.engineSide = parts.engineSide;
    this.clientSide = parts.clientSide;
  }

  /** What engines behind their network are given. */
  get engineInfo(): EngineInfoFile {
    return through(this.controller.engineInfo, this.engineSide);
  }

  /** Starts engines behind the engines' network, and waits for them. */
  async addEngines(n: number): Promise<void> {
    const info = JSON.stringify(this.engineInfo);
    for (let i = 0; i < n; i++) this.engines.push(spawnEngine({ IPP_CONNECTION_INFO: info }));
    const registered = (): boolean => this.controller.engines.size === this.engines.length;
    if (!(await until(registered, { timeoutMs: 30_000 }))) throw new Error('engines did not come');
  }

  async connect(options: { clock?: Clock } = {}): Promise<Client> {
    const connectionInfo = through(this.controller.clientInfo, this.clientSide);
    return this.#scope.use(await Client.connect({ connectionInfo, timeoutMs: 30_000, ...options }));
  }

  /** A client beside the controller, whom no network separates from it. */
  async observe(): Promise<Client> {
    return this.#scope.use(
      await Client.connect({ connectionInfo: this.controller.clientInfo, timeoutMs: 30_000 }),
    );
  }

  /** How the engines ended, all of them. */
  get exits(): Promise<{ code: number | null; signal: string | null }[]> {
    return Promise.all(this.engines.map(({ exited }) => exited));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.engines) process.kill('SIGKILL');
    await this.exits;
    await this.#scope.close();
  }
}

/** A clock on which time passes so many times as fast. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now() * factor,
    sleep: (durationMs, signal) => systemClock.sleep(durationMs / factor, signal),
  };
}

type Info = EngineInfoFile | ClientInfoFile;

function portsOf(info: Info): number[] {
  return [...new Set(Object.entries(info).flatMap(([name, value]) => portsIn(name, value)))];
}

/** The same file, with the ports of `proxy`: no other way in is left. */
function through<T extends Info>(info: T, proxy: TcpProxy): T {
  const fields = Object.entries(info).map(([name, value]: [string, unknown]) => {
    const ports = portsIn(name, value).map((port) => proxy.portOf(port));
    if (ports.length === 0) return [name, value];
    return [name, Array.isArray(value) ? ports : ports[0]];
  });
  return { ...Object.fromEntries(fields), pxlab: { version: info.pxlab?.version } } as T;
}

function portsIn(name: string, value: unknown): number[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return name === 'pxlab' ? [] : values.filter((each) => typeof each === 'number');
}
