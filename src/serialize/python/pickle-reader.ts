import { ParallelError } from '../../base/errors.js';

/** A class or function by name: nothing is imported or called here. */
export interface PyGlobal {
  readonly kind: 'global';
  readonly module: string;
  readonly name: string;
}

/** What Python would make by calling `callable`, and then `__setstate__`. */
export interface PyObject {
  readonly kind: 'object';
  readonly callable: PyGlobal;
  readonly args: readonly PyValue[];
  state: PyValue | undefined;
}

/** A pickled value, read and not interpreted: dicts are Maps, tuples are arrays, None is null. */
export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PyValue[]
  | Set<PyValue>
  | Map<PyValue, PyValue>
  | PyGlobal
  | PyObject;

const mark = Symbol('mark');
type Slot = PyValue | typeof mark;

/**
 * Reads a pickle of protocol 2 to 5 without running anything of it.
 *
 * Source: CPython, `Lib/pickletools.py`, which describes each opcode.
 *
 * @throws {@link ParallelError} `MALFORMED_MESSAGE` for bytes that are no such pickle.
 */
export function readPickle(bytes: Uint8Array): PyValue {
  const reader = new PickleReader(bytes);
  try {
    return reader.read();
  } catch (cause) {
    if (cause instanceof ParallelError) throw cause;
    throw malformed('it ends too early or is damaged', cause); // a read past the end, a bad UTF-8
  }
}

class PickleReader {
  readonly #bytes: Buffer;
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, PyValue>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): PyValue {
    for (;;) {
      const opcode = this.uint(1);
      if (opcode === stop) return this.pop();
      const handle = handlers.get(opcode);
      if (handle === undefined) {
        throw malformed(`its opcode 0x${opcode.toString(16)} is not one of protocols 2 to 5`);
      }
      handle(this);
    }
  }

  /** Little-endian, as all numbers of a pickle but floats. */
  uint(size: 1 | 2 | 4): number {
    const value = this.#bytes.readUIntLE(this.#at, size);
    this.#at += size;
    return value;
  }

  /** Lengths and frames; nothing that fits into memory exceeds 2^53. */
  uint64(): number {
    const value = this.#bytes.readBigUInt64LE(this.#at);
    this.#at += 8;
    return Number(value);
  }

  int32(): number {
    const value = this.#bytes.readInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  /** Big-endian, unlike the others. */
  double(): number {
    const value = this.#bytes.readDoubleBE(this.#at);
    this.#at += 8;
    return value;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    // A length below zero would lead back to what was read, for ever.
    if (length < 0 || end > this.#bytes.length) throw new RangeError('past the end');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  text(length: number): string {
    return this.bytes(length).toString('utf8');
  }

  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new RangeError('past the end');
    const line = this.text(end - this.#at);
    this.#at = end + 1;
    return line;
  }

  push(value: Slot): void {
    this.#stack.push(value);
  }

  pop(): PyValue {
    const value = this.#stack.pop();
    if (value === undefined || value === mark) throw malformed('its stack is empty');
    return value;
  }

  top(): PyValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === mark) throw malformed('its stack is empty');
    return value;
  }

  popToMark(): PyValue[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) throw malformed('its stack has no mark');
    return this.#stack.splice(at).filter((slot) => slot !== mark);
  }

  remember(key: number = this.#memo.size): void {
    this.#memo.set(key, this.top());
  }

  recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw malformed('it refers to what it did not hold');
    this.push(value);
  }
}

const stop = 0x2e;

type Handler = (reader: PickleReader) => void;

const constants: readonly [number, () => Slot][] = [
  [0x28, () => mark],
  [0x4e, () => null],
  [0x88, () => true],
  [0x89, () => false],
  [0x29, () => []],
  [0x5d, () => []],
  [0x7d, () => new Map()],
  [0x8f, () => new Set()],
];

const literals: readonly [number, (reader: PickleReader) => PyValue][] = [
  [0x4a, (reader) => reader.int32()],
  [0x4b, (reader) => reader.uint(1)],
  [0x4d, (reader) => reader.uint(2)],
  [0x47, (reader) => reader.double()],
  [0x8a, (reader) => integerOf(reader.bytes(reader.uint(1)))],
  [0x8b, (reader) => integerOf(reader.bytes(reader.int32()))],
  [0x8c, (reader) => reader.text(reader.uint(1))],
  [0x58, (reader) => reader.text(reader.uint(4))],
  [0x8d, (reader) => reader.text(reader.uint64())],
  [0x43, (reader) => reader.bytes(reader.uint(1))],
  [0x42, (reader) => reader.bytes(reader.uint(4))],
  [0x8e, (reader) => reader.bytes(reader.uint64())],
  [0x96, (reader) => reader.bytes(reader.uint64())],
  [0x63, (reader) => ({ kind: 'global', module: reader.line(), name: reader.line() })],
];

const tuples: readonly [number, number][] = [
  [0x85, 1],
  [0x86, 2],
  [0x87, 3],
];

const structure: readonly [number, Handler][] = [
  [0x74, (reader) => reader.push(reader.popToMark())],
  [0x6c, (reader) => reader.push(reader.popToMark())],
  [0x61, (reader) => append(reader, [reader.pop()])],
  [0x65, (reader) => append(reader, reader.popToMark())],
  [0x73, (reader) => setItems(reader, takeLast(reader, 2))],
  [0x75, (reader) => setItems(reader, reader.popToMark())],
  [0x90, (reader) => addItems(reader, reader.popToMark())],
  [0x91, (reader) => reader.push(new Set(reader.popToMark()))],
  [0x30, (reader) => void reader.pop()],
  [0x32, (reader) => reader.push(reader.top())],
];

const memo: readonly [number, Handler][] = [
  [0x71, (reader) => reader.remember(reader.uint(1))],
  [0x72, (reader) => reader.remember(reader.uint(4))],
  [0x94, (reader) => reader.remember()],
  [0x68, (reader) => reader.recall(reader.uint(1))],
  [0x6a, (reader) => reader.recall(reader.uint(4))],
];

const objects: readonly [number, Handler][] = [
  [0x52, makeObject],
  [0x81, makeObject],
  [0x92, makeObjectWithKeywords],
  [0x62, setState],
  [0x93, stackGlobal],
  [0x80, (reader) => void reader.uint(1)],
  [0x95, (reader) => void reader.uint64()],
];

const handlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  ...constants.map(
    ([code, make]) => [code, (reader: PickleReader) => reader.push(make())] as const,
  ),
  ...literals.map(
    ([code, read]) => [code, (reader: PickleReader) => reader.push(read(reader))] as const,
  ),
  ...tuples.map(
    ([code, size]) =>
      [code, (reader: PickleReader) => reader.push(takeLast(reader, size))] as const,
  ),
  ...structure,
  ...memo,
  ...objects,
]);

function takeLast(reader: PickleReader, count: number): PyValue[] {
  return Array.from({ length: count }, () => reader.pop()).reverse();
}

function append(reader: PickleReader, items: readonly PyValue[]): void {
  const list = reader.top();
  if (!Array.isArray(list)) throw malformed('it appends to what is no list');
  for (const item of items) list.push(item);
}

function addItems(reader: PickleReader, items: readonly PyValue[]): void {
  const set = reader.top();
  if (!(set instanceof Set)) throw malformed('it adds to what is no set');
  for (const item of items) set.add(item);
}

function setItems(reader: PickleReader, items: readonly PyValue[]): void {
  const map = reader.top();
  if (!(map instanceof Map)) throw malformed('it sets items of what is no dict');
  for (let at = 0; at + 1 < items.length; at += 2)
    map.set(items[at] ?? null, items[at + 1] ?? null);
}

function makeObject(reader: PickleReader): void {
  const args = reader.pop();
  const object = objectOf(reader.pop(), args);
  reader.push(plainOf(object) ?? object);
}

/** Protocols below 4 have no opcodes for bytes and sets. */
function plainOf({ callable, args: [first] }: PyObject): PyValue | undefined {
  const name = `${callable.module}.${callable.name}`;
  if (name === '_codecs.encode' && typeof first === 'string') return Buffer.from(first, 'latin1');
  if (name === '__builtin__.set' && Array.isArray(first)) return new Set(first);
  return undefined;
}

function makeObjectWithKeywords(reader: PickleReader): void {
  reader.pop(); // no class that is understood here takes keywords
  makeObject(reader);
}

function objectOf(callable: PyValue, args: PyValue): PyObject {
  if (!isGlobal(callable) || !Array.isArray(args)) throw malformed('it calls what is no class');
  return { kind: 'object', callable, args, state: undefined };
}

function setState(reader: PickleReader): void {
  const state = reader.pop();
  const object = reader.top();
  if (!isObject(object)) throw malformed('it sets the state of what is no object');
  object.state = state;
}

function stackGlobal(reader: PickleReader): void {
  const [module, name] = takeLast(reader, 2);
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw malformed('a class has no name');
  }
  reader.push({ kind: 'global', module, name });
}

export function isGlobal(value: PyValue): value is PyGlobal {
  return isTagged(value) && value.kind === 'global';
}

export function isObject(value: PyValue): value is PyObject {
  return isTagged(value) && value.kind === 'object';
}

function isTagged(value: PyValue): value is PyGlobal | PyObject {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** Two's complement, little-endian; a number where that is exact. */
function integerOf(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const value = BigInt.asIntN(
    8 * bytes.length,
    BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`),
  );
  const isExact = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isExact ? Number(value) : value;
}

function malformed(why: string, cause?: unknown): ParallelError {
  return new ParallelError(
    'MALFORMED_MESSAGE',
    `A value of a Python engine cannot be read: ${why}.`,
    {
      cause,
    },
  );
}
