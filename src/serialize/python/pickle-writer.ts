import { ParallelError } from '../../base/errors.js';
import { dtypeOf, isNumeric, shapeOf } from './array-types.js';

const opcodes = {
  mark: 0x28,
  stop: 0x2e,
  none: 0x4e,
  true: 0x88,
  false: 0x89,
  binint: 0x4a,
  long1: 0x8a,
  binfloat: 0x47,
  unicode: 0x58,
  bytes: 0x42,
  bytes8: 0x8e,
  emptyList: 0x5d,
  appends: 0x65,
  emptyDict: 0x7d,
  setItems: 0x75,
  emptySet: 0x8f,
  addItems: 0x90,
  emptyTuple: 0x29,
  tuple: 0x74,
  global: 0x63,
  reduce: 0x52,
  newObject: 0x81,
  build: 0x62,
} as const;

const protocol = 4;

/**
 * Writes values as a pickle that Python reads as plain objects.
 *
 * Source: CPython, `Lib/pickletools.py`.
 */
export class PickleWriter {
  readonly #parts: Uint8Array[] = [Uint8Array.of(0x80, protocol)];
  /** Values that are being written: what holds itself cannot be sent. */
  readonly #open = new Set<object>();

  finish(): Buffer {
    this.#code('stop');
    return Buffer.concat(this.#parts);
  }

  /**
   * @param path - Where the value is, for messages: `` `a`.b ``.
   * @throws {@link ParallelError} `CANNOT_SEND`, naming the path.
   */
  value(value: unknown, path: string): this {
    if (value === null) return this.#code('none');
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the rest is refused
    switch (typeof value) {
      case 'undefined':
        return this.#code('none');
      case 'boolean':
        return this.#code(value ? 'true' : 'false');
      case 'number':
        return this.#number(value);
      case 'bigint':
        return this.#long(value);
      case 'string':
        return this.text(value);
      case 'object':
        return this.#object(value, path);
      default:
        throw cannotSend(path, `a ${typeof value}`); // functions and symbols
    }
  }

  text(text: string): this {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return this.#code('unicode', length, bytes);
  }

  /** A class or function by its name. */
  global(module: string, name: string): this {
    return this.#code('global', Buffer.from(`${module}\n${name}\n`));
  }

  /** An object made without its constructor's help, with these attributes. */
  instance(className: readonly [string, string], attributes: () => this): this {
    this.global(...className)
      .#code('emptyTuple')
      .#code('newObject');
    attributes();
    return this.#code('build');
  }

  call(callable: readonly [string, string], args: () => void): this {
    this.global(...callable).tuple(args);
    return this.#code('reduce');
  }

  tuple(items: () => void): this {
    this.#code('mark');
    items();
    return this.#code('tuple');
  }

  list(items: () => void): this {
    this.#code('emptyList').#code('mark');
    items();
    return this.#code('appends');
  }

  /** `entries` writes each key and its value. */
  dict(entries: () => void): this {
    this.#code('emptyDict').#code('mark');
    entries();
    return this.#code('setItems');
  }

  #number(value: number): this {
    const isInt = Number.isInteger(value) && !Object.is(value, -0);
    if (isInt && Math.abs(value) < 2 ** 31) {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value);
      return this.#code('binint', bytes);
    }
    if (isInt && Number.isSafeInteger(value)) return this.#long(BigInt(value));
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return this.#code('binfloat', bytes);
  }

  #long(value: bigint): this {
    let bits = 8n;
    while (BigInt.asIntN(Number(bits), value) !== value) bits += 8n;
    const length = Number(bits / 8n);
    if (length > 255) throw cannotSend('A bigint', 'larger than 255 bytes');
    const hex = BigInt.asUintN(Number(bits), value)
      .toString(16)
      .padStart(2 * length, '0');
    return this.#code('long1', Uint8Array.of(length), Buffer.from(hex, 'hex').reverse());
  }

  #object(value: object, path: string): this {
    if (this.#open.has(value)) throw cannotSend(path, 'a value that holds itself');
    this.#open.add(value);
    this.#openObject(value, path);
    this.#open.delete(value);
    return this;
  }

  #openObject(value: object, path: string): this {
    if (isNumeric(value)) return this.#array(value);
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (value instanceof ArrayBuffer) return this.#bytes(new Uint8Array(value));
    if (value instanceof Date) return this.#date(value, path);
    if (Array.isArray(value)) {
      return this.list(() => value.forEach((item, index) => this.value(item, `${path}[${index}]`)));
    }
    if (value instanceof Set) return this.#set(value, path);
    if (value instanceof Map) return this.#entries(value, path);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || Object.getPrototypeOf(prototype) === null) {
      return this.#entries(Object.entries(value), path);
    }
    throw cannotSend(path, `an object of the class ${value.constructor.name}`);
  }

  #entries(entries: Iterable<[unknown, unknown]>, path: string): this {
    return this.dict(() => {
      for (const [key, item] of entries) {
        this.value(key, `a key of ${path}`);
        this.value(item, `${path}.${String(key)}`);
      }
    });
  }

  #set(items: ReadonlySet<unknown>, path: string): this {
    this.#code('emptySet').#code('mark');
    for (const item of items) this.value(item, `an item of ${path}`);
    return this.#code('addItems');
  }

  #bytes(bytes: Uint8Array): this {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.byteLength));
    return this.#code('bytes8', length, bytes);
  }

  /** numpy uses the bytes in place, so that the array is read-only, as those that Python's client sends. */
  #array(array: Parameters<typeof dtypeOf>[0]): this {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    return this.call(['ipyparallel.serialize.canning', 'uncan'], () =>
      this.instance(['ipyparallel.serialize.canning', 'CannedArray'], () =>
        this.dict(() => this.arrayState(array, () => this.#bytes(bytes))),
      ),
    );
  }

  /** Attributes of ipyparallel's `CannedArray`. */
  arrayState(array: Parameters<typeof dtypeOf>[0], buffer: () => void): void {
    this.text('shape').tuple(() => shapeOf(array).forEach((size) => this.#number(size)));
    this.text('dtype').text(dtypeOf(array));
    this.text('pickled').#code('false');
    this.text('buffers').list(buffer);
  }

  /** Aware, in UTC. */
  #date(date: Date, path: string): this {
    const ms = date.getTime();
    if (Number.isNaN(ms)) throw cannotSend(path, 'an invalid Date');
    const year = date.getUTCFullYear();
    if (year < 1 || year > 9999) throw cannotSend(path, `a Date in the year ${year}`);
    const packed = Buffer.alloc(10);
    packed.writeUInt16BE(year);
    packed.set(
      [
        date.getUTCMonth() + 1,
        date.getUTCDate(),
        date.getUTCHours(),
        date.getUTCMinutes(),
        date.getUTCSeconds(),
      ],
      2,
    );
    packed.writeUIntBE(date.getUTCMilliseconds() * 1000, 7, 3);
    const zero = (): PickleWriter => this.call(['datetime', 'timedelta'], () => undefined);
    return this.call(['datetime', 'datetime'], () => {
      this.#bytes(packed).call(['datetime', 'timezone'], zero);
    });
  }

  #code(opcode: keyof typeof opcodes, ...more: Uint8Array[]): this {
    this.#parts.push(Uint8Array.of(opcodes[opcode]), ...more);
    return this;
  }
}

function cannotSend(path: string, what: string): ParallelError {
  return new ParallelError(
    'CANNOT_SEND',
    `${path} is ${what}, which Python has no counterpart for. Send plain values: numbers, texts, arrays, ` +
      'objects, Maps, Sets, Dates, Buffers, typed arrays.',
  );
}
