import { ParallelError } from '../base/errors.js';
import type { PortChoice, SshServers } from '../controller/controller.js';
import { type ConnectionFiles, readIfPresent } from '../wire/cluster-files.js';
import {
  type ClientInfoFile,
  type EngineInfoFile,
  parseClientInfo,
  parseEngineInfo,
} from '../wire/connection-info.js';

/** What a controller takes over from the one that wrote the connection files. */
export interface Reused {
  /** Absent for one that listened at ipc alone. */
  readonly tcp?: {
    readonly ip: string;
    readonly clientIp: string;
    readonly ports: PortChoice;
  };
  readonly ipcBase?: string;
  readonly broadcastLeaves: number;
  readonly key: string;
  readonly location: string;
  readonly ssh: SshServers;
  /** Of a controller with CurveZMQ, whose secret key no file holds. */
  readonly curveServerKey: string | undefined;
}

/** What both files have to agree in, as ipcontroller checks it. */
const common = ['key', 'registration', 'pack', 'unpack', 'signature_scheme'] as const;

/**
 * Reads the connection files that an earlier controller has left; undefined unless both are there.
 *
 * @throws {@link ParallelError} `CONNECTION_FILE` for files that are damaged or disagree.
 */
export async function readReused(files: ConnectionFiles): Promise<Reused | undefined> {
  const [engineText, clientText] = await Promise.all(
    [files.engine, files.client].map((path) => readIfPresent(path)),
  );
  if (engineText === undefined || clientText === undefined) return undefined;
  const engine = parseEngineInfo(engineText, files.engine);
  const client = parseClientInfo(clientText, files.client);
  const different = common.find((field) => engine[field] !== client[field]);
  if (different !== undefined) {
    throw new ParallelError(
      'CONNECTION_FILE',
      `The connection files ${files.engine} and ${files.client} disagree in \`${different}\`: ` +
        'remove both, or start without `--reuse`.',
    );
  }
  return reusedOf(engine, client);
}

function reusedOf(engine: EngineInfoFile, client: ClientInfoFile): Reused {
  const [ip, clientIp] = [engine, client].map((info) => /^tcp:\/\/(.*)$/.exec(info.interface)?.[1]);
  return {
    ...(ip === undefined || clientIp === undefined
      ? { ipcBase: engine.interface }
      : { tcp: { ip, clientIp, ports: portsOf(engine, client) } }),
    broadcastLeaves: engine.broadcast.length,
    key: engine.key,
    location: engine.location,
    ssh: { engines: engine.ssh, clients: client.ssh },
    curveServerKey: engine.curve_serverkey ?? undefined,
  };
}

function portsOf(engine: EngineInfoFile, client: ClientInfoFile): PortChoice {
  return {
    registration: [engine.registration],
    engineControl: [engine.control],
    engineMux: [engine.mux],
    engineTask: [engine.task],
    engineIopub: [engine.iopub],
    engineBroadcast: engine.broadcast,
    heartPing: [engine.hb_ping],
    heartPong: [engine.hb_pong],
    clientControl: [client.control],
    clientMux: [client.mux],
    clientTask: [client.task],
    clientIopub: [client.iopub],
    clientBroadcast: [client.broadcast],
    notification: [client.notification],
  };
}
