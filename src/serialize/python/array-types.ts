/** A typed array with the shape of the numpy array that it was or is to be, in C order. */
export type ShapedArray<A extends ArrayBufferView = NumericArray> = A & {
  readonly shape: readonly number[];
};

export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

interface ArrayType {
  /** numpy's code without byte order: `f8`. */
  readonly code: string;
  readonly itemBytes: number;
  make(buffer: ArrayBuffer): NumericArray;
}

/** numpy's type codes and the typed arrays of the same bytes; bool arrives as bytes of 0 and 1. */
const types: readonly ArrayType[] = [
  { code: 'f8', itemBytes: 8, make: (buffer) => new Float64Array(buffer) },
  { code: 'f4', itemBytes: 4, make: (buffer) => new Float32Array(buffer) },
  { code: 'i8', itemBytes: 8, make: (buffer) => new BigInt64Array(buffer) },
  { code: 'i4', itemBytes: 4, make: (buffer) => new Int32Array(buffer) },
  { code: 'i2', itemBytes: 2, make: (buffer) => new Int16Array(buffer) },
  { code: 'i1', itemBytes: 1, make: (buffer) => new Int8Array(buffer) },
  { code: 'u8', itemBytes: 8, make: (buffer) => new BigUint64Array(buffer) },
  { code: 'u4', itemBytes: 4, make: (buffer) => new Uint32Array(buffer) },
  { code: 'u2', itemBytes: 2, make: (buffer) => new Uint16Array(buffer) },
  { code: 'u1', itemBytes: 1, make: (buffer) => new Uint8Array(buffer) },
  { code: 'b1', itemBytes: 1, make: (buffer) => new Uint8Array(buffer) },
];

/**
 * The typed array that holds `bytes` of numpy's type `dtype`, such as `<f8`. A copy: frames are neither
 * aligned nor ours to keep.
 *
 * @returns undefined for a type that has no typed array.
 */
export function arrayOf(dtype: string, bytes: Uint8Array): NumericArray | undefined {
  const type = types.find(({ code }) => code === dtype.replace(/^[<>|=]/, ''));
  if (type === undefined || bytes.byteLength % type.itemBytes !== 0) return undefined;
  const copy = Buffer.from(new ArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  if (dtype.startsWith('>')) swap(copy, type.itemBytes);
  return type.make(copy.buffer);
}

/** numpy's type of a typed array, in the byte order of every machine that Node runs on. */
export function dtypeOf(array: NumericArray): string {
  const kind = array.constructor.name.startsWith('Float')
    ? 'f'
    : /Uint/.test(array.constructor.name)
      ? 'u'
      : 'i';
  return array.BYTES_PER_ELEMENT === 1 ? `|${kind}1` : `<${kind}${array.BYTES_PER_ELEMENT}`;
}

/** What numpy holds as an array: typed arrays, but not the Buffers that are Python's bytes. */
export function isNumeric(value: unknown): value is NumericArray {
  if (!ArrayBuffer.isView(value) || Buffer.isBuffer(value)) return false;
  return !(value instanceof DataView) && !(value instanceof Uint8ClampedArray);
}

export function withShape<A extends NumericArray>(
  array: A,
  shape: readonly number[],
): ShapedArray<A> {
  // Not enumerable, so that it prints and compares as the typed array that it is.
  return Object.defineProperty(array, 'shape', { value: shape }) as ShapedArray<A>;
}

/** The shape that {@link withShape} gave, else that of a list. */
export function shapeOf(array: NumericArray): readonly number[] {
  return givenShapeOf(array) ?? [array.length];
}

/** The shape that an array has of its own, when it is one of as many items. */
export function givenShapeOf(array: NumericArray): readonly number[] | undefined {
  const { shape } = array as Partial<ShapedArray>;
  if (!Array.isArray(shape) || shape.length > maxDimensions) return undefined;
  return isShapeOf(shape, array) ? shape : undefined;
}

/** numpy's limit. */
export const maxDimensions = 64;

export function isShapeOf(shape: readonly unknown[], { length }: NumericArray): boolean {
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && Number(size) >= 0;
  return shape.every(isSize) && shape.reduce((product, size) => product * size, 1) === length;
}

function swap(bytes: Buffer, itemBytes: number): void {
  if (itemBytes === 2) bytes.swap16();
  else if (itemBytes === 4) bytes.swap32();
  else if (itemBytes === 8) bytes.swap64();
}
