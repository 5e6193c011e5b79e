import { createHmac } from 'node:crypto';

type Frames = readonly Uint8Array[];

/** Numbers from 0 up to 1, the same for the same seed. Source: the generator Mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of `items`. */
export function pickFrom<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

/** A message with something wrong in it; half of them are signed anew, so that they pass the HMAC. */
export function mutated(frames: Frames, key: string, random: () => number): Uint8Array[] {
  const mutation = pickFrom(mutations, random);
  const changed = mutation([...frames], {
    random,
    pick: <T>(items: readonly T[]) => pickFrom(items, random),
  });
  return random() < 0.5 ? signed(changed, key) : changed;
}

let renewals = 0;

/** The message as if it was sent at another time; its signature is that of the former. */
export function renewed(frames: Frames): Uint8Array[] {
  const index = delimiterOf(frames) + 2;
  const frame = frames[index];
  if (index < 2 || frame === undefined) return [...frames];
  const date = new Date((renewals += 1)).toISOString();
  const header = { ...parsed(Buffer.from(frame).toString('utf8')), date };
  return frames.with(index, Buffer.from(JSON.stringify(header)));
}

interface Chance {
  readonly random: () => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

type Mutation = (frames: Uint8Array[], chance: Chance) => Uint8Array[];

const cut: Mutation = (frames, { random }) => frames.slice(0, Math.floor(random() * frames.length));

const drop: Mutation = (frames, { random }) =>
  frames.toSpliced(Math.floor(random() * frames.length), 1);

const twice: Mutation = (frames, { random, pick }) =>
  frames.toSpliced(Math.floor(random() * frames.length), 0, pick(frames));

const swap: Mutation = (frames, { random, pick }) =>
  frames.with(Math.floor(random() * frames.length), pick(frames));

/** The same bytes once more. */
const replay: Mutation = (frames) => frames;

const flip: Mutation = (frames, { random }) => {
  const at = Math.floor(random() * frames.length);
  return frames.with(at, flipped(frames[at] ?? Buffer.of(), random));
};

/** What is behind the signed frames: code, values, pickles. */
const damageBuffers: Mutation = (frames, { random, pick }) => {
  const first = delimiterOf(frames) + 6;
  const buffers = frames.slice(first);
  const extra = Array.from({ length: 50 }, () => Buffer.from('not a value'));
  const damaged = pick([
    () => [],
    () => [...buffers, ...extra],
    () => buffers.map((buffer) => flipped(buffer, random)),
    () => buffers.map((buffer) => buffer.subarray(0, Math.floor(random() * buffer.length))),
    () => buffers.toReversed(),
  ]);
  return first < 6 ? frames : [...frames.slice(0, first), ...damaged()];
};

/** Senders and receivers that are not there, too long, or far too many. */
const misroute: Mutation = (frames, { pick }) => {
  const names = ['', 'x'.repeat(255), '0f0f0f0f-0f0f0f0f0f0f0f0f0f0f0f0f'].map((id) =>
    Buffer.from(id),
  );
  const at = Math.max(delimiterOf(frames), 0);
  const crowd = Array.from({ length: 2000 }, () => Buffer.from('an ident'));
  return pick([
    () => [pick(names), ...frames.slice(at)],
    () => [...frames.slice(0, at), pick(names), ...frames.slice(at)],
    () => [...frames.slice(0, at), ...crowd, ...frames.slice(at)],
  ])();
};

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
/** Texts, since not all of them are what `JSON.stringify` would write. */
const values = [
  ...['null', '0', '-1', '0.1', '1e999', '-1e999', '9007199254740991', '-9007199254740993', 'NaN'],
  ...[
    '""',
    '[]',
    '{}',
    'true',
    '"../../x"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '{"a": 1',
  ],
  ...['"__proto__"', '"constructor"', '"toString"', '{"__proto__": null}', deep],
  `"${'x'.repeat(100_000)}"`,
  `[${'0, '.repeat(10_000)}0]`,
  '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
  '[null, {}, -1, "a", 1e300]',
  '{"length": 1e9}',
];
const keys = [
  ...['msg_id', 'msg_type', 'session', 'targets', 'msg_ids', 'query', 'after', 'follow', 'uuid'],
  ...['status', 'id', 'pxlab', '__proto__', 'constructor'],
];
const types = [
  ...['execute_request', 'apply_request', 'db_request', 'resubmit_request', 'nothing_request'],
  ...['stream', 'error', 'status', 'pxlab_state', '__proto__', 'constructor', '', '_request'],
];

/** One value in one of the JSON frames, at any depth, is another, or the whole frame is. */
const hostile: Mutation = (frames, { random, pick }) => {
  const index = delimiterOf(frames) + 2 + Math.floor(random() * 4);
  const frame = frames[index];
  if (index < 2 || frame === undefined) return frames;
  if (random() < 0.1) return frames.with(index, Buffer.from(pick(values)));
  const text = withOtherValue(Buffer.from(frame).toString('utf8'), { random, pick });
  return frames.with(index, Buffer.from(text));
};

const mutations: readonly Mutation[] = [
  ...[cut, drop, twice, swap, flip, misroute, replay, damageBuffers, damageBuffers],
  ...Array.from({ length: 8 }, () => hostile),
];

/** The JSON `text` with another value, or one more, somewhere in it. */
export function withOtherValue(text: string, { random, pick }: Chance): string {
  const place = '\u0001here\u0001';
  const root = parsed(text);
  let at = root;
  for (;;) {
    const inner = Object.values(at).filter((item) => typeof item === 'object' && item !== null);
    if (inner.length === 0 || random() < 0.5) break;
    at = pick(inner) as Record<string, unknown>;
  }
  const own = Object.keys(at);
  const name = pick(own.length > 0 && random() < 0.7 ? own : keys);
  // Defined, not set: `__proto__` is a name like any other here.
  const value = name === 'msg_type' ? pick(types) : place;
  Object.defineProperty(at, name, { value, enumerable: true, configurable: true });
  return JSON.stringify(root).replace(JSON.stringify(place), () => pick(values));
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function flipped(bytes: Uint8Array, random: () => number): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = 0; count < 4 && copy.length > 0; count += 1) {
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  }
  return copy;
}

function delimiterOf(frames: Frames): number {
  return frames.findIndex((frame) => Buffer.from(frame).toString('latin1') === '<IDS|MSG>');
}

function signed(frames: readonly Uint8Array[], key: string): Uint8Array[] {
  const at = delimiterOf(frames);
  if (at < 0 || frames.length < at + 6) return [...frames];
  const hmac = createHmac('sha256', key);
  for (const frame of frames.slice(at + 2, at + 6)) hmac.update(frame);
  return frames.with(at + 1, Buffer.from(hmac.digest('hex'), 'latin1'));
}
