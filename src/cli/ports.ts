import { ParallelError } from '../base/errors.js';
import type { PortChoice } from '../controller/controller.js';

/** The order in which ipcontroller takes ports from its pools. */
const order = [
  'registration',
  'engineControl',
  'engineMux',
  'engineTask',
  'engineIopub',
  'heartPing',
  'heartPong',
  'engineBroadcast',
  'clientControl',
  'clientMux',
  'clientTask',
  'clientIopub',
  'notification',
  'clientBroadcast',
] as const satisfies readonly (keyof PortChoice)[];

/** From `engine` and `client` first, then from `common`. */
export interface PortPools {
  readonly engine?: readonly number[];
  readonly client?: readonly number[];
  readonly common?: readonly number[];
}

/**
 * Gives ports to the sockets in order; those that find none left take any free one.
 *
 * @param broadcastLeaves - Ports of the broadcast socket of engines.
 */
export function assignPorts(pools: PortPools, broadcastLeaves = 1): PortChoice {
  const common = [...(pools.common ?? [])];
  const own = { engine: [...(pools.engine ?? [])], client: [...(pools.client ?? [])] };
  const pairs = order.map((name) => {
    const isOfClients = name.startsWith('client') || name === 'notification';
    const pool = own[isOfClients ? 'client' : 'engine'];
    const count = name === 'engineBroadcast' ? broadcastLeaves : 1;
    const ports = Array.from({ length: count }, () => pool.shift() ?? common.shift());
    return [name, ports.filter((port) => port !== undefined)] as const;
  });
  return Object.fromEntries(pairs.filter(([, ports]) => ports.length > 0));
}

/**
 * Ports of a list such as `10101-10120` or `5000,5001,6000-6011`.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT`.
 */
export function parsePorts(text: string): number[] {
  return text
    .replace(/^\[(.*)\]$/, '$1')
    .split(',')
    .flatMap(parseRange);
}

function parseRange(part: string): number[] {
  const [, first, last = first] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from < 1 || to > 65_535 || to < from) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `Expected ports as in 10101-10120 or 5000,5001, got '${part}'.`,
    );
  }
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
