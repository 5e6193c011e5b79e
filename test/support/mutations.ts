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

/** A message with something wrong in it; half of them are signed anew, so that they pass the HMAC. */
export function mutated(frames: Frames, key: string, random: () => number): Uint8Array[] {
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  };
  const mutation = pick([cut, drop, twice, flip, swap, hostile, hostile, hostile]);
  const changed = mutation([...frames], { random, pick });
  return random() < 0.5 ? signed(changed, key) : changed;
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

const flip: Mutation = (frames, { random }) => {
  const at = Math.floor(random() * frames.length);
  const bytes = Buffer.from(frames[at] ?? []);
  for (let count = 0; count < 4 && bytes.length > 0; count += 1) {
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  }
  return frames.with(at, bytes);
};

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
/** Texts, since not all of them are what `JSON.stringify` would write. */
const values = [
  ...['null', '0', '-1', '1e999', '""', '[]', '{}', 'true', '"../../x"', '"\\u0000"', deep],
  `"${'x'.repeat(100_000)}"`,
  '{"__proto__": {"polluted": 1}, "constructor": {"prototype": 1}}',
  '[null, {}, -1, "a", 1e300]',
  '{"length": 1e9}',
];
const keys = [
  'msg_id',
  'msg_type',
  'session',
  'targets',
  'msg_ids',
  'query',
  'after',
  'follow',
  'uuid',
];
const types = [
  'execute_request',
  'db_request',
  'resubmit_request',
  'nothing_request',
  '__proto__',
  '',
];

/** One value of one of the JSON frames is another, or the whole frame is. */
const hostile: Mutation = (frames, { random, pick }) => {
  const at = frames.findIndex((frame) => Buffer.from(frame).toString('latin1') === '<IDS|MSG>');
  const index = at + 2 + Math.floor(random() * 4);
  const frame = frames[index];
  if (at < 0 || frame === undefined) return frames;
  if (random() < 0.1) return frames.with(index, Buffer.from(pick(values)));
  const entries = fieldsOf(frame);
  const names = [...entries.keys(), ...keys];
  const name = pick(names);
  entries.set(name, name === 'msg_type' ? JSON.stringify(pick(types)) : pick(values));
  const text = [...entries].map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(', ');
  return frames.with(index, Buffer.from(`{${text}}`));
};

function fieldsOf(frame: Uint8Array): Map<string, string> {
  try {
    const value: unknown = JSON.parse(Buffer.from(frame).toString('utf8'));
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(Object.entries(value).map(([key, item]) => [key, JSON.stringify(item)]));
  } catch {
    return new Map();
  }
}

function signed(frames: readonly Uint8Array[], key: string): Uint8Array[] {
  const at = frames.findIndex((frame) => Buffer.from(frame).toString('latin1') === '<IDS|MSG>');
  if (at < 0 || frames.length < at + 6) return [...frames];
  const hmac = createHmac('sha256', key);
  for (const frame of frames.slice(at + 2, at + 6)) hmac.update(frame);
  return frames.with(at + 1, Buffer.from(hmac.digest('hex'), 'latin1'));
}
