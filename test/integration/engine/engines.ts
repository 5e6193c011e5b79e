// In one file, though long: engines, their controller and a scripted client only make sense
// together.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket as Connection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../../lib/base/clock.js';
import { silentLogger } from '../../../lib/base/logger.js';
import { Scope } from '../../../lib/base/scope.js';
import { Controller, type TcpOptions } from '../../../lib/controller/controller.js';
import type { EngineTimeouts } from '../../../lib/engine/io-messages.js';
import { Channel } from '../../../lib/transport/channel.js';
import { Socket, type SocketKind } from '../../../lib/transport/socket.js';
import { digestOfCode } from '../../../lib/wire/buffers-digest.js';
import type { CellMetadata } from '../../../lib/wire/cell.js';
import { addressOf, type ClientInfoFile } from '../../../lib/wire/connection-info.js';
import { type JsonObject, type Message, parentIdOf, Session } from '../../../lib/wire/message.js';

const mainFile = fileURLToPath(new URL('../../../lib/engine/main.js', import.meta.url));
const impatientFile = fileURLToPath(new URL('fixtures/engine-with-timeouts.mjs', import.meta.url));
const key = 'the key of these tests';

/** An engine's process, with what it wrote past its cells. */
export interface EngineChild {
  readonly process: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stderr(): string;
}

/** A controller over ipc in a folder of its own, its lease socket, engines, and a scripted client. */
export class EngineBench implements AsyncDisposable {
  readonly folder: string;
  readonly controller: Controller;
  readonly client: ScriptedClient;
  readonly engines: EngineChild[] = [];
  readonly #scope: Scope;
  readonly #leases: LeaseSocket;

  static async start(
    engineCount: number,
    options: { tcp?: TcpOptions } = {},
  ): Promise<EngineBench> {
    const scope = new Scope();
    const folder = await mkdtemp(join(tmpdir(), 'px-engine-'));
    scope.onClose(() => rm(folder, { recursive: true, force: true }));
    const leasePath = join(folder, 'lease');
    const leases = scope.use(await LeaseSocket.listen(leasePath));
    const controller = await Controller.start({
      ...(options.tcp === undefined
        ? { ipcBase: `ipc://${folder}/s`, leasePath }
        : { tcp: options.tcp }),
      key,
      log: silentLogger,
      heartbeat: { periodMs: 200 },
    });
    scope.use(controller);
    const client = scope.use(new ScriptedClient(controller.clientInfo));
    const bench = new EngineBench(scope, { folder, controller, client, leases });
    for (let index = 0; index < engineCount; index++) bench.spawn();
    await bench.registered(engineCount);
    await client.ready();
    return bench;
  }

  private constructor(
    scope: Scope,
    parts: { folder: string; controller: Controller; client: ScriptedClient; leases: LeaseSocket },
  ) {
    this.#scope = scope;
    this.folder = parts.folder;
    this.controller = parts.controller;
    this.client = parts.client;
    this.#leases = parts.leases;
  }

  spawn(): EngineChild {
    const child = spawnEngine({
      IPP_CONNECTION_INFO: JSON.stringify(this.controller.engineInfo),
    });
    this.engines.push(child);
    return child;
  }

  /** An engine that is less patient than others. */
  spawnWith(timeouts: Partial<EngineTimeouts>): EngineChild {
    const environment = {
      IPP_CONNECTION_INFO: JSON.stringify(this.controller.engineInfo),
      ENGINE_TIMEOUTS: JSON.stringify(timeouts),
    };
    const child = spawnEngine(environment, impatientFile);
    this.engines.push(child);
    return child;
  }

  async registered(count: number): Promise<void> {
    const check = (): boolean => this.controller.engines.size === count;
    if (await until(check, { timeoutMs: 15_000 })) return;
    const said = this.engines.map((engine) => engine.stderr()).join('');
    throw new Error(`${this.controller.engines.size} of ${count} engines registered. ${said}`);
  }

  /** Zmq identity of the engine with this id. */
  uuid(id: number): string {
    const engine = this.controller.engines.get(id);
    if (engine === undefined) throw new Error(`no engine ${id}`);
    return engine.uuid;
  }

  /** Process id of the engine with this id. */
  pid(id: number): number | undefined {
    return this.controller.engines.get(id)?.description?.pid;
  }

  /** Engines whose lease connection ended, by uuid. */
  get lostLeases(): readonly string[] {
    return this.#leases.lost;
  }

  /** What engines see when their supervisor is gone. */
  endLeases(): void {
    this.#leases.end();
  }

  /** Ends the engines by request and looks whether they left by the door. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.shutdownEngines();
    const timeout = setTimeout(() => {
      for (const engine of this.engines) engine.process.kill('SIGKILL');
    }, 8000);
    await Promise.all(this.engines.map((engine) => engine.exited));
    clearTimeout(timeout);
    await this.#scope.close();
  }
}

export function spawnEngine(environment: NodeJS.ProcessEnv, file = mainFile): EngineChild {
  const log = join(tmpdir(), `px-engine-${randomUUID()}.log`);
  const descriptor = openSync(log, 'a'); // as a launcher does: engines keep files, not sockets
  const child = spawn(process.execPath, ['--no-force-async-hooks-checks', file], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  let said = '';
  return {
    process: child,
    exited: new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        said = readFileSync(log, 'utf8');
        rmSync(log);
        resolve({ code, signal });
      });
    }),
    stderr: () => (existsSync(log) ? readFileSync(log, 'utf8') : said),
  };
}

/** A cell as its sender's compiler would leave it. */
export interface TestCell {
  /** Id of the request, where a test has to know it before. */
  readonly id?: string;
  readonly javascript: string;
  readonly name?: string;
  readonly code?: string;
  readonly names?: readonly string[];
  readonly isAsync?: boolean;
  readonly isSilent?: boolean;
  readonly wantsValue?: boolean;
  /** @defaultValue that of the cell's own buffers */
  readonly buffersDigest?: string;
  readonly group?: CellMetadata['group'];
  readonly declarations?: { base: string; next: string; text: string };
}

/** What came for one request. */
export interface Heard {
  readonly reply: Message;
  readonly outputs: readonly Message[];
}

/** Sends requests as a client would and keeps everything that arrives. */
export class ScriptedClient {
  readonly session: Session = new Session();
  readonly outputs: Message[] = [];
  readonly #channels: Record<'mux' | 'control' | 'iopub' | 'broadcast', Channel>;
  readonly #replies = new Map<string, Message>();

  constructor(info: ClientInfoFile) {
    const open = (kind: SocketKind, port: number): Channel =>
      new Channel(
        new Socket(kind, {
          connect: [addressOf({ base: info.interface, key, curveServerKey: undefined }, port)],
          curveServerKey: info.curve_serverkey ?? undefined,
          topics: ['', `pxlab-welcome.${this.session.id}`],
        }),
        { session: this.session, key, log: silentLogger },
      );
    this.#channels = {
      mux: open('dealer', info.mux),
      control: open('dealer', info.control),
      iopub: open('subscriber', info.iopub),
      broadcast: open('dealer', info.broadcast),
    };
    void this.#listen(this.#channels.mux);
    void this.#listen(this.#channels.control);
    void this.#listen(this.#channels.broadcast);
    void this.#listenOutputs();
  }

  async ready(): Promise<void> {
    await until(() => this.outputs.some(({ header }) => header.msg_type === 'pxlab_welcome'), {
      timeoutMs: 3000,
    });
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#channels).map((channel) => channel.close()));
  }

  /** Sends a compiled cell; @returns the request's id. */
  execute(engine: string, cell: TestCell): string {
    const { javascript, name = 'Cell [1]', code = javascript, names = [] } = cell;
    const { wantsValue, group, declarations } = cell;
    const isAsync = cell.isAsync ?? javascript.includes('await');
    const keyword = isAsync ? 'async function' : 'function';
    const whole = `(${keyword} (exports, require, __px) { "use strict"; ${javascript} })`;
    const buffers = [whole, '', declarations?.text ?? ''].map((text) => Buffer.from(text));
    const pxlab: CellMetadata = {
      format: 1,
      language: 'typescript',
      cell: { name, names, isAsync },
      resolveFrom: process.cwd(),
      buffersDigest: cell.buffersDigest ?? digestOfCode(buffers),
      ...(wantsValue === undefined ? {} : { wantsValue }),
      ...(group === undefined ? {} : { group }),
      ...(declarations && { declarations: { base: declarations.base, next: declarations.next } }),
    };
    return this.#channels.mux.post(
      {
        id: cell.id,
        type: 'execute_request',
        content: { code, silent: cell.isSilent ?? false, user_expressions: {} },
        metadata: { pxlab },
        buffers,
      },
      [engine],
    ).header.msg_id;
  }

  /** Sends any request on the shell or the control channel; @returns its id. */
  request(
    channel: 'mux' | 'control' | 'broadcast',
    engine: string | undefined,
    asked: { type: string; content?: object; metadata?: JsonObject; buffers?: Uint8Array[] },
  ): string {
    const outgoing = { content: {}, ...asked };
    return this.#channels[channel].post(outgoing, engine === undefined ? [] : [engine]).header
      .msg_id;
  }

  async reply(id: string, timeoutMs = 10_000): Promise<Message> {
    await until(() => this.#replies.has(id), { timeoutMs, periodMs: 5 });
    const reply = this.#replies.get(id);
    if (reply === undefined) throw new Error(`no reply to ${id} within ${timeoutMs} ms`);
    return reply;
  }

  /** The reply, and all outputs until the engine is idle again. */
  async settled(id: string, timeoutMs = 10_000): Promise<Heard> {
    const reply = await this.reply(id, timeoutMs);
    await this.heard(id, isIdle, timeoutMs);
    return { reply, outputs: this.outputsOf(id) };
  }

  /** Waits for an output that `matches`. */
  async heard(
    id: string,
    matches: (message: Message) => boolean,
    timeoutMs = 10_000,
  ): Promise<Message> {
    const find = (): Message | undefined => this.outputsOf(id).find(matches);
    await until(() => find() !== undefined, { timeoutMs, periodMs: 5 });
    const found = find();
    if (found !== undefined) return found;
    const seen = this.outputsOf(id).map(({ header, content }) => [header.msg_type, content]);
    throw new Error(`not heard within ${timeoutMs} ms; heard ${JSON.stringify(seen)}`);
  }

  outputsOf(id: string): Message[] {
    return this.outputs.filter((message) => parentIdOf(message) === id);
  }

  async #listen(channel: Channel): Promise<void> {
    for await (const { message } of channel) {
      const id = parentIdOf(message);
      if (id !== undefined) this.#replies.set(id, message);
    }
  }

  async #listenOutputs(): Promise<void> {
    for await (const { message } of this.#channels.iopub) this.outputs.push(message);
  }
}

function isIdle({ header, content }: Message): boolean {
  return header.msg_type === 'status' && content['execution_state'] === 'idle';
}

/** All that was written to `name`. */
export function textOf(outputs: readonly Message[], name: 'stdout' | 'stderr'): string {
  return outputs
    .filter(({ header, content }) => header.msg_type === 'stream' && content['name'] === name)
    .map(({ content }) => String(content['text']))
    .join('');
}

/** Holds connections open as a supervisor does. */
class LeaseSocket {
  readonly lost: string[] = [];
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  static listen(path: string): Promise<LeaseSocket> {
    return new Promise((resolve) => {
      const socket = new LeaseSocket();
      socket.#server.listen(path, () => resolve(socket));
    });
  }

  private constructor() {
    this.#server = createServer((connection) => {
      this.#connections.add(connection);
      let uuid = '';
      connection.on('error', () => undefined);
      connection.on('data', (chunk: Buffer) => {
        uuid = (JSON.parse(chunk.toString()) as { engine: string }).engine;
      });
      connection.on('close', () => this.lost.push(uuid));
    });
  }

  end(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  close(): Promise<void> {
    return new Promise((closed) => {
      this.#server.close(() => closed());
      this.end();
    });
  }
}
