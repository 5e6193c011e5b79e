import { ParallelError } from '../base/errors.js';
import type { TcpOptions } from '../controller/controller.js';

type Ports = NonNullable<TcpOptions['ports']>;

/** The order in which ipcontroller takes ports from its pool. */
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
] as const satisfies readonly (keyof Ports)[];

/**
 * Ports of the sockets from a list such as `10101-10120` or `5000,5001,6000-6011`; sockets that find none
 * left take any free port.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT`.
 */
export function parsePorts(text: string): Ports {
  const numbers = text.split(',').flatMap(parseRange);
  const pairs = order.map((name, index) => [name, numbers[index]] as const);
  return Object.fromEntries(pairs.filter(([, port]) => port !== undefined));
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
