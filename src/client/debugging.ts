import { systemClock } from '../base/clock.js';
import { messageOf, ParallelError } from '../base/errors.js';
import {
  type EngineActivity,
  inspectRequest,
  isPort,
  type InspectRequest,
  readInspectReport,
  readStackReport,
  stackRequest,
  type StackReport,
} from '../wire/debug-messages.js';
import type { JsonObject } from '../wire/message.js';
import type { Connection } from './connection.js';
import type { Engine } from './engine-directory.js';

/** Where the code of an engine is. */
export interface EngineStack extends Omit<StackReport, 'activity'> {
  readonly engineId: number;
  /** What it does; `unknown` when it could not be asked. */
  readonly activity: EngineActivity | 'unknown';
  /** Why it could not, as a sentence. */
  readonly problem?: string;
}

/** The debugger of an engine. */
export interface EngineInspector {
  readonly engineId: number;
  /** The machine of the engine: the port is open there, for programs of that machine alone. */
  readonly host: string | undefined;
  /** `ws://127.0.0.1:41235/<uuid>`; absent when it was closed, or could not be opened. */
  readonly url?: string;
  /** It was open before. */
  readonly wasOpen: boolean;
  /** Why the engine did not do it, as a sentence. */
  readonly problem?: string;
}

export interface InspectOptions {
  /** On which port of its machine one engine listens. @defaultValue a free one */
  readonly port?: number;
}

/** The port to ask for. @throws {@link ParallelError} `BAD_ARGUMENT`. */
export function portFor(engines: readonly Engine[], { port = 0 }: InspectOptions): number {
  if (!isPort(port)) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `Expected a port from 0 to 65535, got ${String(port)}.`,
    );
  }
  if (port === 0 || engines.length === 1) return port;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `A port is for one engine, and the targets are ${engines.length}: leave it out, and each takes a free one.`,
  );
}

/** Main has a second to answer its I/O worker; what takes longer is no code of ours. */
const replyLimitMs = 3000;

type Asked = Pick<Connection, 'control'>;

/** Never rejects for an engine: what is wrong with one is told of it. */
export function stacksOf(
  connection: Asked,
  engines: readonly Engine[],
): Promise<readonly EngineStack[]> {
  return Promise.all(engines.map((engine) => stackOf(connection, engine)));
}

async function stackOf(connection: Asked, engine: Engine): Promise<EngineStack> {
  const engineId = engine.id;
  try {
    const report = readStackReport(await askEngine(connection, engine, { type: stackRequest }));
    if (report !== undefined) return { engineId, ...report };
    throw tooOld(engineId);
  } catch (error) {
    return {
      engineId,
      activity: 'unknown',
      lines: [],
      excerpt: [],
      problem: messageOf(error),
    };
  }
}

/**
 * Opens or closes the debuggers of engines.
 *
 * @throws {@link ParallelError} when none of the engines did it.
 */
export async function inspectEngines(
  connection: Asked,
  engines: readonly Engine[],
  request: InspectRequest,
): Promise<readonly EngineInspector[]> {
  const failures: unknown[] = [];
  const inspectors = await Promise.all(
    engines.map(async (engine): Promise<EngineInspector> => {
      const { id: engineId, host } = engine;
      try {
        return { engineId, host, ...(await inspect(connection, engine, request)) };
      } catch (error) {
        failures.push(error);
        return { engineId, host, wasOpen: false, problem: messageOf(error) };
      }
    }),
  );
  if (failures.length > 0 && failures.length === engines.length) throw failures[0];
  return inspectors;
}

async function inspect(
  connection: Asked,
  engine: Engine,
  request: InspectRequest,
): Promise<{ readonly url?: string; readonly wasOpen: boolean }> {
  const content = { ...request };
  const report = readInspectReport(
    await askEngine(connection, engine, { type: inspectRequest, content }),
  );
  if (report !== undefined) return report;
  throw tooOld(engine.id);
}

async function askEngine(
  connection: Asked,
  engine: Engine,
  { type, content = {} }: { type: string; content?: object },
): Promise<JsonObject> {
  const { id, language } = engine;
  if (language === 'python') {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `Engine ${id} runs Python, which has debuggers of its own, such as debugpy and py-spy.`,
    );
  }
  const limit = new AbortController();
  const over = new AbortController();
  void systemClock.sleep(replyLimitMs, over.signal).then(() => limit.abort(silent(id)));
  try {
    const reply = await connection.control(engine, { type, content }, limit.signal);
    if (reply['status'] === 'ok') return reply;
    throw refused(id, reply);
  } finally {
    over.abort();
  }
}

function refused(id: number, { evalue }: JsonObject): ParallelError {
  const isUnknown = String(evalue).startsWith('Engines do not answer');
  if (isUnknown) return tooOld(id);
  return new ParallelError('REMOTE', `Engine ${id}: ${String(evalue)}`);
}

function silent(id: number): ParallelError {
  return new ParallelError(
    'TIMEOUT',
    `Engine ${id} did not answer for ${replyLimitMs / 1000} s: its process is stopped (SIGSTOP), its machine ` +
      `overloaded, or the way to it cut. px.restart(${id}) replaces it.`,
  );
}

function tooOld(id: number): ParallelError {
  return new ParallelError(
    'REMOTE',
    `Engine ${id} cannot be asked: it runs an older version of pxlab. Use the same one everywhere.`,
  );
}
