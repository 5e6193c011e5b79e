import { ParallelError } from '../base/errors.js';

/**
 * What ipyparallel's connection files hold: `ipcontroller-<cluster id>-engine.json` and `-client.json`.
 *
 * Field names are the file's own. Source: ipyparallel 9.2, `ipyparallel/apps/ipcontrollerapp.py`.
 */
interface CommonInfo {
  readonly ssh: string;
  /** `tcp://IP` or `ipc://path`; an address is `interface:port` for both. */
  readonly interface: string;
  readonly registration: number;
  readonly control: number;
  readonly mux: number;
  readonly task: number;
  readonly iopub: number;
  /** HMAC key as text. Ours is never empty; ipcontroller's is when it has CURVE. */
  readonly key: string;
  /** Z85, 40 characters. */
  readonly curve_serverkey: string | null;
  /** Host name or IP of the controller, for `interface` with a wildcard. */
  readonly location: string;
  readonly pack: string;
  readonly unpack: string;
  readonly signature_scheme: string;
  /** Ours: another way in for processes of this machine. */
  readonly pxlab?: PxlabInfo;
}

export interface EngineInfoFile extends CommonInfo {
  readonly hb_ping: number;
  readonly hb_pong: number;
  /** One port for each leaf of the broadcast tree. */
  readonly broadcast: readonly number[];
}

export interface ClientInfoFile extends CommonInfo {
  readonly task_scheme: string;
  readonly notification: number;
  readonly broadcast: number;
}

export interface PxlabInfo {
  readonly version: string;
  /** `ipc://path` with the same port numbers behind `:`, signed with the same key, without CURVE. */
  readonly ipc?: string;
  /** Path of the socket on which owners hold their lease, and processes of this machine watch the supervisor. */
  readonly lease?: string;
}

/** Where a channel is reached and how it is signed: what a socket needs to connect. */
export interface Route {
  /** `tcp://127.0.0.1` or `ipc:///run/…/s`; the address of a channel is `base:port`. */
  readonly base: string;
  readonly key: string;
  readonly curveServerKey: string | undefined;
}

export function addressOf(route: Route, port: number): string {
  return `${route.base}:${port}`;
}

/**
 * The best way to the controller from this machine: its ipc sockets when they are here, TCP otherwise.
 *
 * @param exists - Tells whether a path of the file exists on this machine.
 * @param hostNames - Names and addresses of this machine, to resolve a wildcard interface.
 */
export function routeOf(
  info: EngineInfoFile | ClientInfoFile,
  here: { exists(path: string): boolean; hostNames: readonly string[] },
): Route {
  const { ipc } = info.pxlab ?? {};
  if (ipc !== undefined && here.exists(socketPath(ipc, info.registration))) {
    return { base: ipc, key: info.key, curveServerKey: undefined };
  }
  return {
    base: disambiguate(info.interface, info.location, here.hostNames),
    key: info.key,
    curveServerKey: info.curve_serverkey ?? undefined,
  };
}

/** The path behind an `ipc://` address. */
export function socketPath(base: string, port: number): string {
  return `${base.replace(/^ipc:\/\//, '')}:${port}`;
}

/** A wildcard means: this machine if the controller runs here, else where it says it is. */
function disambiguate(base: string, location: string, hostNames: readonly string[]): string {
  if (!/^tcp:\/\/(\*|0\.0\.0\.0)$/.test(base)) return base;
  const isHere = location === '' || location === '127.0.0.1' || hostNames.includes(location);
  return `tcp://${isHere ? '127.0.0.1' : location}`;
}

/** @throws {@link ParallelError} `CONNECTION_FILE`, naming `path` and the field at fault. */
export function parseEngineInfo(text: string, path: string): EngineInfoFile {
  const fields = parseFields(text, path);
  requireFields(fields, path, { ...commonFields, hb_ping: 'number', hb_pong: 'number' });
  if (!isNumberArray(fields['broadcast'])) throw damaged(path, '`broadcast` is no list of ports');
  return fields as unknown as EngineInfoFile;
}

/** @throws {@link ParallelError} `CONNECTION_FILE`, naming `path` and the field at fault. */
export function parseClientInfo(text: string, path: string): ClientInfoFile {
  const fields = parseFields(text, path);
  requireFields(fields, path, { ...commonFields, notification: 'number' });
  return fields as unknown as ClientInfoFile;
}

const commonFields = {
  interface: 'string',
  registration: 'number',
  control: 'number',
  mux: 'number',
  task: 'number',
  iopub: 'number',
  key: 'string',
} as const;

function parseFields(text: string, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(path, 'it is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw damaged(path, 'it is no JSON object');
  const fields = { location: '', ssh: '', curve_serverkey: null, pack: 'json', ...value };
  if (fields.pack !== 'json') {
    throw damaged(path, `its messages are packed with '${fields.pack}', and pxlab reads 'json'`);
  }
  return fields;
}

function requireFields(
  fields: Record<string, unknown>,
  path: string,
  types: Record<string, 'string' | 'number'>,
): void {
  for (const [field, type] of Object.entries(types)) {
    if (typeof fields[field] !== type) throw damaged(path, `\`${field}\` is missing or no ${type}`);
  }
}

function isNumberArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

function damaged(path: string, what: string, cause?: unknown): ParallelError {
  return new ParallelError(
    'CONNECTION_FILE',
    `The connection file ${path} is damaged: ${what}. ` +
      'Stop its cluster with `pxcluster stop`, or remove the file with `pxcluster clean`, and start anew.',
    { cause },
  );
}
