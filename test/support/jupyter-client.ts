// In one file, though long: a front end's side of Jupyter's protocol, which has this many
// channels.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../lib/base/clock.js';
import { deferred, type Deferred } from '../../lib/base/deferred.js';
import { silentLogger } from '../../lib/base/logger.js';
import { Channel } from '../../lib/transport/channel.js';
import { Socket } from '../../lib/transport/socket.js';
import {
  jupyterAddress,
  jupyterConnectionFile,
  type JupyterConnection,
} from '../../lib/wire/jupyter-connection.js';
import { type JsonObject, type Message, parentIdOf, Session } from '../../lib/wire/message.js';

const key = 'a key for tests';
const kernelMain = fileURLToPath(new URL('../../lib/kernel/main.js', import.meta.url));

export interface KernelOptions {
  /** Folder of the notebook. @defaultValue a temporary one */
  readonly cwd?: string;
  /** @defaultValue `test` */
  readonly kernelId?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps the kernel's own stderr out of the test's. @defaultValue it is inherited */
  readonly stderr?: 'ignore' | 'inherit';
}

/** A kernel process with a front end attached. Closing ends the process and removes its folder. */
export interface StartedKernel extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly client: JupyterClient;
  /** Folder of the kernel's connection file and sockets, and of the files of its clusters. */
  readonly folder: string;
  readonly connectionFile: string;
  /** The notebook's folder. */
  readonly cwd: string;
  /** Starts another process on the same connection file, as Jupyter does to restart a kernel. */
  respawn(): ChildProcess;
  /** Another front end, once the kernel answers it. */
  attach(): Promise<JupyterClient>;
}

/** Starts a kernel as a Jupyter server does, on ipc sockets, and waits for its first answer. */
export async function startKernel(options: KernelOptions = {}): Promise<StartedKernel> {
  const folder = await mkdtemp(join(tmpdir(), 'pxk-'));
  const connection = ipcConnection(folder);
  const connectionFile = join(folder, `kernel-${options.kernelId ?? 'test'}.json`);
  await writeFile(connectionFile, jupyterConnectionFile(connection), { mode: 0o600 });
  const cwd = options.cwd ?? folder;
  const children: ChildProcess[] = [];
  const respawn = (): ChildProcess => {
    const env = { IPYTHONDIR: join(folder, 'ipython'), ...options.env };
    const child = spawnKernel(connectionFile, { ...options, cwd, env });
    children.push(child);
    return child;
  };
  const child = respawn();
  const clients: JupyterClient[] = [];
  const attach = async (): Promise<JupyterClient> => {
    const client = new JupyterClient(connection);
    clients.push(client);
    await client.ready();
    return client;
  };
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(children.map(end));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const client = await attach();
    return {
      ...{ process: child, client, folder, connectionFile, cwd, respawn, attach },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function spawnKernel(connectionFile: string, options: KernelOptions): ChildProcess {
  return spawn(process.execPath, ['--no-force-async-hooks-checks', kernelMain, connectionFile], {
    cwd: options.cwd,
    env: { ...process.env, JPY_PARENT_PID: String(process.pid), ...options.env },
    stdio: ['ignore', 'inherit', options.stderr ?? 'inherit'],
  });
}

/** Asks the process to end, and makes it after a while. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(timer);
}

export function ipcConnection(folder: string): JupyterConnection {
  const ports = { shell: 1, control: 2, iopub: 3, stdin: 4, heartbeat: 5 };
  return { transport: 'ipc', ip: join(folder, 's'), ports, key, kernelName: 'pxlab' };
}

/** What one request led to. */
interface Answer {
  /** Content of the reply. */
  readonly reply: JsonObject;
  /** Everything on iopub with this request as parent, without `status` and `execute_input`. */
  readonly outputs: readonly Output[];
  /** Text of both streams, joined. */
  readonly stdout: string;
  readonly stderr: string;
  /** `text/plain` of the result, if there is one. */
  readonly result: string | undefined;
  readonly error: { ename: string; evalue: string; traceback: readonly string[] } | undefined;
}

interface Output {
  readonly type: string;
  readonly content: JsonObject;
  readonly metadata: JsonObject;
  readonly buffers: readonly Uint8Array[];
}

/** A request under way. */
export interface Pending extends PromiseLike<Answer> {
  readonly id: string;
  /** Waits until an output of this request fulfils `check`. */
  output(check: (output: Output) => boolean): Promise<Output>;
  /** Waits until the streams contain `text`. */
  printed(text: string): Promise<void>;
  /** Waits until the request runs. */
  started(): Promise<void>;
}

/** A small Jupyter front end on our own channels. */
export class JupyterClient {
  readonly #session = new Session();
  readonly #shell: Channel;
  readonly #control: Channel;
  readonly #stdin: Channel;
  readonly #iopub: Channel;
  readonly #heartbeat: Socket;
  readonly #requests = new Map<string, Collector>();
  /** Messages on iopub that belong to no request of this client. */
  readonly strays: Message[] = [];
  readonly #welcome = deferred();
  #answerInput: (prompt: string) => string = () => '';

  constructor(connection: JupyterConnection) {
    const identity = this.#session.id;
    const open = (kind: 'dealer' | 'subscriber', port: number): Channel =>
      new Channel(
        new Socket(kind, { identity, connect: [jupyterAddress(connection, port)], lingerMs: 0 }),
        { session: this.#session, key: connection.key, log: silentLogger },
      );
    this.#shell = open('dealer', connection.ports.shell);
    this.#control = open('dealer', connection.ports.control);
    this.#stdin = open('dealer', connection.ports.stdin);
    this.#iopub = open('subscriber', connection.ports.iopub);
    this.#heartbeat = new Socket('dealer', {
      connect: [jupyterAddress(connection, connection.ports.heartbeat)],
      lingerMs: 0,
    });
    void this.#readReplies(this.#shell);
    void this.#readReplies(this.#control);
    void this.#readInputRequests();
    void this.#readOutputs();
  }

  /** Waits for the kernel to answer and for iopub to be heard. */
  async ready(timeoutMs = 20_000): Promise<JsonObject> {
    // The welcome first: what is published before it is not heard.
    await within(timeoutMs, this.#welcome.promise, 'no welcome on iopub');
    return (await this.request('kernel_info_request', {})).reply;
  }

  /** A request on the shell channel. */
  request(type: string, content: object): Pending {
    return this.#send(this.#shell, type, content);
  }

  control(type: string, content: object = {}): Pending {
    return this.#send(this.#control, type, content);
  }

  execute(code: string, options: object = {}): Pending {
    const content = { code, silent: false, store_history: true, stop_on_error: true };
    return this.request('execute_request', {
      ...content,
      user_expressions: {},
      allow_stdin: true,
      ...options,
    });
  }

  interrupt(): Pending {
    return this.control('interrupt_request');
  }

  /** Sends a message that has no reply. */
  post(type: string, content: object, buffers: readonly Uint8Array[] = []): void {
    this.#shell.post({ type, content, buffers });
  }

  /** Sends raw frames on the shell channel. */
  sendRaw(frames: readonly Uint8Array[]): Promise<void> {
    return this.#shell.socket.send(frames);
  }

  /** Decides what the user types at a prompt. */
  onInput(answer: (prompt: string) => string): void {
    this.#answerInput = answer;
  }

  /** Waits for a message on iopub that belongs to no request. */
  async stray(type: string): Promise<Message> {
    const find = (): Message | undefined =>
      this.strays.find(({ header }) => header.msg_type === type);
    await until(() => find() !== undefined, { timeoutMs: 10_000 });
    const message = find();
    if (message === undefined) throw new Error(`no ${type} came`);
    return message;
  }

  /** Sends a beat and waits for its echo. */
  async beat(text: string): Promise<string> {
    await this.#heartbeat.send([Buffer.alloc(0), Buffer.from(text)]);
    for await (const frames of this.#heartbeat) return Buffer.from(frames[1] ?? []).toString();
    return '';
  }

  async close(): Promise<void> {
    const channels = [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heartbeat];
    await Promise.all(channels.map((channel) => channel.close()));
  }

  #send(channel: Channel, type: string, content: object): Pending {
    const id = this.#session.newMessageId();
    const collector = new Collector(id);
    this.#requests.set(id, collector);
    channel.post({ type, content, id });
    return collector;
  }

  async #readReplies(channel: Channel): Promise<void> {
    for await (const { message } of channel) {
      this.#requests.get(parentIdOf(message) ?? '')?.onReply(message.content);
    }
  }

  async #readInputRequests(): Promise<void> {
    for await (const { message } of this.#stdin) {
      const value = this.#answerInput(String(message.content['prompt']));
      this.#stdin.post({ type: 'input_reply', content: { value }, parent: message.header });
    }
  }

  async #readOutputs(): Promise<void> {
    for await (const { message } of this.#iopub) {
      if (message.header.msg_type === 'iopub_welcome') this.#welcome.resolve();
      const collector = this.#requests.get(parentIdOf(message) ?? '');
      if (collector === undefined) this.strays.push(message);
      else collector.onOutput(message);
    }
  }
}

class Collector implements Pending {
  readonly id: string;
  readonly #outputs: Output[] = [];
  readonly #reply: Deferred<JsonObject> = deferred<JsonObject>();
  readonly #idle = deferred();
  readonly #started = deferred();
  readonly #watchers = new Set<() => void>();

  constructor(id: string) {
    this.id = id;
  }

  started(): Promise<void> {
    return within(30_000, this.#started.promise, 'the request did not start');
  }

  output(check: (output: Output) => boolean): Promise<Output> {
    return this.#when(() => this.#outputs.find(check), 'the expected output did not come');
  }

  async printed(text: string): Promise<void> {
    const all = (): string => `${this.#text('stdout')}${this.#text('stderr')}`;
    await this.#when(() => (all().includes(text) ? true : undefined), `'${text}' was not printed`);
  }

  then<A = Answer, B = never>(
    onFulfilled?: ((value: Answer) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return within(50_000, this.#answer(), 'no answer').then(onFulfilled, onRejected);
  }

  onReply(content: JsonObject): void {
    this.#reply.resolve(content);
  }

  onOutput({ header, content, metadata, buffers }: Message): void {
    const type = header.msg_type;
    if (type === 'status') {
      (content['execution_state'] === 'idle' ? this.#idle : this.#started).resolve();
    } else if (type !== 'execute_input') {
      this.#outputs.push({ type, content, metadata, buffers });
    }
    for (const watcher of this.#watchers) watcher();
  }

  async #answer(): Promise<Answer> {
    const [reply] = await Promise.all([this.#reply.promise, this.#idle.promise]);
    const outputs = this.#outputs;
    const contentOf = (type: string): JsonObject | undefined =>
      outputs.find((output) => output.type === type)?.content;
    const data = contentOf('execute_result')?.['data'] as Record<string, string> | undefined;
    return {
      reply,
      outputs,
      stdout: this.#text('stdout'),
      stderr: this.#text('stderr'),
      result: data?.['text/plain'],
      error: contentOf('error') as Answer['error'],
    };
  }

  #text(name: string): string {
    return this.#outputs
      .filter(({ type, content }) => type === 'stream' && content['name'] === name)
      .map(({ content }) => String(content['text']))
      .join('');
  }

  #when<T>(find: () => T | undefined, failure: string): Promise<T> {
    const found = new Promise<T>((resolve) => {
      const watcher = (): void => {
        const value = find();
        if (value === undefined) return;
        this.#watchers.delete(watcher);
        resolve(value);
      };
      this.#watchers.add(watcher);
      watcher();
    });
    return within(30_000, found, failure);
  }
}

async function within<T>(timeoutMs: number, promise: PromiseLike<T>, failure: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${failure} within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
