import { once } from 'node:events';
import { decode, type SourceMapMappings } from '@jridgewell/sourcemap-codec';
import WebSocket from 'ws';
import { deferred, type Deferred } from '../../src/base/deferred.js';

/** A script as a debugger hears of it, with its source where it was compiled from one. */
export interface HeardScript {
  readonly id: string;
  readonly url: string;
  /** Address and text of the TypeScript, by its source map. */
  readonly source?: { readonly url: string; readonly text: string };
  readonly mappings?: SourceMapMappings;
}

/** Where main is halted. */
export interface Halt {
  readonly frames: readonly {
    readonly callFrameId: string;
    readonly functionName: string;
    readonly location: { scriptId: string; lineNumber: number; columnNumber: number };
  }[];
}

type Result = Readonly<Record<string, unknown>>;

const limitMs = 10_000;

/** A small client of the DevTools protocol, as Chrome and VS Code are large ones. */
export class DevTools implements AsyncDisposable {
  readonly scripts: HeardScript[] = [];
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, Deferred<Result>>();
  readonly #listeners = new Set<() => void>();
  readonly #halts: Halt[] = [];
  #lastCall = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString()) as Heard));
    socket.on('close', () => this.#wake());
  }

  static async attach(url: string): Promise<DevTools> {
    const socket = new WebSocket(url);
    const client = new DevTools(socket);
    await once(socket, 'open', { signal: AbortSignal.timeout(limitMs) });
    await client.call('Runtime.enable');
    await client.call('Debugger.enable');
    return client;
  }

  get isClosed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  async call(method: string, params: object = {}): Promise<Result> {
    const id = ++this.#lastCall;
    const answer = deferred<Result>();
    this.#calls.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return within(answer.promise, method);
  }

  /** The last script of which the source holds `text`. */
  script(text: string): Promise<HeardScript> {
    return this.#until(
      () => this.scripts.findLast(({ source }) => source?.text.includes(text)),
      `a script with ${text}`,
    );
  }

  /** Sets a breakpoint at a line of the TypeScript, wherever that is in the script; both count from 1. */
  async breakAt({ mappings = [], id }: HeardScript, line: number): Promise<void> {
    const place = placeOf(mappings, line);
    await this.call('Debugger.setBreakpoint', { location: { scriptId: id, ...place } });
  }

  /** The next halt that nobody has taken yet. */
  halt(): Promise<Halt> {
    return this.#until(() => this.#halts.shift(), 'a halt');
  }

  /** The line of the TypeScript where a halt is. */
  lineOf({ frames: [frame] }: Halt): { url: string | undefined; line: number } {
    const { scriptId, lineNumber = 0, columnNumber = 0 } = frame?.location ?? {};
    const script = this.scripts.find(({ id }) => id === scriptId);
    const segments = script?.mappings?.[lineNumber] ?? [];
    const segment = segments.findLast(([column]) => column <= columnNumber);
    return { url: script?.source?.url, line: (segment?.[2] ?? -1) + 1 };
  }

  /** The value of an expression in the innermost frame. */
  async evaluate({ frames: [frame] }: Halt, expression: string): Promise<unknown> {
    const callFrameId = frame?.callFrameId;
    const answer = await this.call('Debugger.evaluateOnCallFrame', { callFrameId, expression });
    return (answer['result'] as { value?: unknown }).value;
  }

  async resume(): Promise<void> {
    await this.call('Debugger.resume');
  }

  /** Waits until the other side has hung up. */
  async closed(): Promise<void> {
    await this.#until(() => this.isClosed || undefined, 'the end of the connection');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed();
  }

  #hear(heard: Heard): void {
    if (heard.id !== undefined) {
      const answer = this.#calls.get(heard.id);
      if (heard.error === undefined) answer?.resolve(heard.result ?? {});
      else answer?.reject(new Error(heard.error.message));
    }
    if (heard.method === 'Debugger.scriptParsed') this.scripts.push(scriptOf(heard.params));
    if (heard.method === 'Debugger.paused') {
      this.#halts.push({ frames: heard.params['callFrames'] as Halt['frames'] });
    }
    this.#wake();
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
  }

  async #until<T>(find: () => T | undefined, what: string): Promise<T> {
    const found = deferred<T>();
    const look = (): void => {
      const value = find();
      if (value === undefined) return;
      this.#listeners.delete(look);
      found.resolve(value);
    };
    this.#listeners.add(look);
    look();
    return within(found.promise, what);
  }
}

interface Heard {
  readonly id?: number;
  readonly result?: Result;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params: Result;
}

function scriptOf(params: Result): HeardScript {
  const { scriptId = '', url = '', sourceMapURL = '' } = params as Record<string, string>;
  const [, data] = /^data:application\/json[^,]*;base64,(.*)$/.exec(sourceMapURL) ?? [];
  if (data === undefined) return { id: scriptId, url };
  const { sources, sourcesContent, mappings } = JSON.parse(
    Buffer.from(data, 'base64').toString('utf8'),
  ) as { sources: string[]; sourcesContent: string[]; mappings: string };
  const source = { url: sources[0] ?? '', text: sourcesContent[0] ?? '' };
  return { id: scriptId, url, source, mappings: decode(mappings) };
}

/** The first place in the script that comes from `line`. */
function placeOf(
  mappings: SourceMapMappings,
  line: number,
): { lineNumber: number; columnNumber: number } {
  for (const [lineNumber, segments] of mappings.entries()) {
    const segment = segments.find((each) => each[2] === line - 1);
    if (segment !== undefined) return { lineNumber, columnNumber: segment[0] };
  }
  throw new Error(`Nothing is compiled from line ${line}.`);
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const signal = AbortSignal.timeout(limitMs);
  const late = deferred<never>();
  signal.addEventListener('abort', () => late.reject(new Error(`Waited in vain for ${what}.`)));
  return Promise.race([promise, late.promise]);
}
