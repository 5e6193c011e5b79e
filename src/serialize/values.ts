import { DefaultDeserializer, DefaultSerializer } from 'node:v8';
import { ParallelError } from '../base/errors.js';
import {
  givenShapeOf,
  isNumeric,
  isShapeOf,
  maxDimensions,
  withShape,
} from './python/array-types.js';

/**
 * Values as buffers, with the fidelity of structured clone: Map, Set, Date, RegExp, BigInt, Error, typed
 * arrays, cycles, undefined, NaN and -0 arrive as they left; typed arrays with the `shape` of a numpy array.
 *
 * Buffer 0 is one byte of format and V8's own serialisation; a view of `outOfBandBytes` and more travels
 * as a buffer of its own, so that large arrays are neither copied nor re-encoded here.
 */
const format = 1;
const outOfBandBytes = 1024;
/** What the flags of a view say: its bytes are a buffer of their own, a shape follows. */
const [outOfBand, shaped] = [1, 2];

/** Constructors by their number on the wire: append only. */
const viewTypes = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as const;

class Encoder extends DefaultSerializer {
  readonly #buffers: Uint8Array[] = [];

  encode(value: unknown): Uint8Array[] {
    this.writeHeader();
    this.writeValue(value);
    return [Buffer.concat([Uint8Array.of(format), this.releaseBuffer()]), ...this.#buffers];
  }

  /** V8 asks here for every view of an ArrayBuffer. */
  _writeHostObject(view: ArrayBufferView): void {
    const type = viewTypes.findIndex((candidate) => view instanceof candidate);
    if (type < 0) throw new TypeError('not a typed array');
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const isOutOfBand = view.byteLength >= outOfBandBytes;
    const shape = isNumeric(view) ? givenShapeOf(view) : undefined;
    this.writeUint32(type);
    this.writeUint32((isOutOfBand ? outOfBand : 0) | (shape === undefined ? 0 : shaped));
    this.writeDouble(view.byteLength);
    if (shape !== undefined) this.#writeShape(shape);
    if (isOutOfBand) this.#buffers.push(bytes);
    else this.writeRawBytes(bytes);
  }

  #writeShape(shape: readonly number[]): void {
    this.writeUint32(shape.length);
    for (const size of shape) this.writeDouble(size);
  }
}

class Decoder extends DefaultDeserializer {
  readonly #buffers: readonly Uint8Array[];
  #next = 0;

  constructor(body: Uint8Array, buffers: readonly Uint8Array[]) {
    super(body);
    this.#buffers = buffers;
  }

  decode(): unknown {
    this.readHeader();
    return this.readValue();
  }

  _readHostObject(): ArrayBufferView {
    const type = viewTypes[this.readUint32()];
    const flags = this.readUint32();
    const length = this.readDouble();
    const shape = (flags & shaped) === 0 ? undefined : this.#readShape();
    const source =
      (flags & outOfBand) !== 0 ? this.#buffers[this.#next++] : this.readRawBytes(length);
    if (type === undefined || source?.byteLength !== length) throw new Error('a buffer is missing');
    // A copy: views need their own alignment, and the frame belongs to the message.
    const own = new Uint8Array(length);
    own.set(source);
    if (type === DataView) return new DataView(own.buffer);
    const array = new (type as Uint8ArrayConstructor)(own.buffer);
    if (shape === undefined) return array;
    if (!isShapeOf(shape, array)) throw new Error('a shape is not that of its array');
    return withShape(array, shape);
  }

  #readShape(): number[] {
    const count = this.readUint32();
    if (count > maxDimensions) throw new Error('a shape has too many dimensions');
    return Array.from({ length: count }, () => this.readDouble());
  }
}

/**
 * The buffers of `value`.
 *
 * @throws {@link ParallelError} `CANNOT_SEND`, naming what cannot be sent.
 */
export function encodeValue(value: unknown, name = 'the value'): Uint8Array[] {
  try {
    return new Encoder().encode(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ParallelError(
      'CANNOT_SEND',
      `Cannot send ${name}: ${reason} Send plain data (objects, arrays, Maps, typed arrays) instead.`,
      { cause: error },
    );
  }
}

/**
 * The value that {@link encodeValue} took apart.
 *
 * @throws {@link ParallelError} `MALFORMED_MESSAGE`.
 */
export function decodeValue(buffers: readonly Uint8Array[]): unknown {
  const [body, ...rest] = buffers;
  if (body?.[0] !== format) {
    throw new ParallelError(
      'MALFORMED_MESSAGE',
      `The value is in format ${body?.[0] ?? 'none'} and this pxlab reads ${format}: use one version on both sides.`,
    );
  }
  try {
    return new Decoder(body.subarray(1), rest).decode();
  } catch (error) {
    throw new ParallelError('MALFORMED_MESSAGE', 'A value arrived damaged.', { cause: error });
  }
}

/**
 * Joins the buffers of several values: buffer 0 counts those of each.
 * {@link splitBuffers} is its inverse.
 */
export function joinBuffers(values: readonly (readonly Uint8Array[])[]): Uint8Array[] {
  const counts = Buffer.from(JSON.stringify(values.map((buffers) => buffers.length)));
  return [counts, ...values.flat()];
}

export function splitBuffers(buffers: readonly Uint8Array[]): Uint8Array[][] {
  let start = 1;
  return parseCounts(buffers[0]).map((count) => buffers.slice(start, (start += count)));
}

function parseCounts(frame: Uint8Array | undefined): number[] {
  try {
    const counts: unknown = JSON.parse(Buffer.from(frame ?? []).toString());
    if (
      Array.isArray(counts) &&
      counts.every((count) => Number.isSafeInteger(count) && count >= 0)
    ) {
      return counts as number[];
    }
  } catch {
    // falls through to the sentence
  }
  throw new ParallelError('MALFORMED_MESSAGE', 'The values of a message arrived damaged.');
}
