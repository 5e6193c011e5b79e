import type { EngineInfoFile } from './connection-info.js';
import type {
  EngineDeath,
  EngineDescription,
  EngineNotice,
  Failed,
  HubRequests,
  Notification,
  Ok,
} from './contents.js';
import type { JsonObject } from './message.js';

/**
 * Requests to the hub, checked as they come in, and its replies.
 *
 * Source: ipyparallel 9.2, `ipyparallel/controller/hub.py`.
 */
export interface Registration {
  readonly uuid: string;
  readonly requestedId: number | undefined;
  readonly description: EngineDescription | undefined;
}

/** The fields of a `registration_request`; undefined when it names no uuid. */
export function parseRegistration(content: JsonObject): Registration | undefined {
  const { uuid, id, pxlab } = content as Partial<HubRequests['registration_request']>;
  if (typeof uuid !== 'string' || uuid === '') return undefined;
  return {
    uuid,
    requestedId: typeof id === 'number' ? id : undefined,
    description: typeof pxlab === 'object' && 'pid' in pxlab ? pxlab : undefined,
  };
}

/** The engine id in an `unregistration_request`; undefined when there is none. */
export function parseUnregistration(content: JsonObject): number | undefined {
  return typeof content['id'] === 'number' ? content['id'] : undefined;
}

export function registrationReply(
  id: number,
  options: { periodMs: number; engineInfo: EngineInfoFile },
): Ok<{ id: number; hb_period: number; connection_info: object }> {
  return {
    status: 'ok',
    id,
    hb_period: options.periodMs,
    connection_info: { ...options.engineInfo, key: undefined },
  };
}

type Registered = readonly {
  readonly id: number;
  readonly uuid: string;
  readonly description?: EngineDescription | undefined;
}[];

export function connectionReply(engines: Registered): Ok<{
  engines: Record<string, string>;
  pxlab: { engines: Record<string, EngineDescription> };
}> {
  const described = engines.flatMap(({ id, description }) =>
    description === undefined ? [] : [[String(id), description] as const],
  );
  return {
    status: 'ok',
    engines: Object.fromEntries(engines.map(({ id, uuid }) => [String(id), uuid])),
    pxlab: { engines: Object.fromEntries(described) },
  };
}

export function registered(engine: Registered[number]): Notification {
  const { id, uuid, description } = engine;
  return {
    type: 'registration_notification',
    content: notice(id, uuid, description && { engine: description }),
  };
}

export function unregistered(engine: Registered[number], death: EngineDeath): Notification {
  return {
    type: 'unregistration_notification',
    content: notice(engine.id, engine.uuid, { death }),
  };
}

function notice(id: number, uuid: string, pxlab: EngineNotice['pxlab']): EngineNotice {
  return { id, uuid, ...(pxlab === undefined ? {} : { pxlab }) };
}

/** Error content that does not come from an engine. */
export function failed(ename: string, evalue: string): Failed {
  return { status: 'error', ename, evalue, traceback: [], engine_info: {} };
}
