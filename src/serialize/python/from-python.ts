import { ParallelError } from '../../base/errors.js';
import { arrayOf, withShape } from './array-types.js';
import { isGlobal, isObject, type PyObject, type PyValue, readPickle } from './pickle-reader.js';

/** Deeper nesting than this is taken for an attack on the stack. */
const maxDepth = 500;

/**
 * The values in the buffers of an `apply_reply` of a Python engine, as ipyparallel serializes them: None is
 * null, an int that a number cannot hold exactly a bigint, a dict with text keys an object and any other a
 * Map, a datetime a Date; numpy arrays are typed arrays with a `shape`.
 *
 * Source: ipyparallel 9.2, `ipyparallel/serialize/serialize.py` and `canning.py`.
 *
 * @throws {@link ParallelError} `CANNOT_SEND` for a value that has no counterpart, naming its class.
 */
export function fromPython(buffers: readonly Uint8Array[]): unknown {
  return buffers.length === 0 ? undefined : takeValue(buffers).value;
}

/** The value in the first of `buffers` and in those that it takes, and the buffers behind them. */
function takeValue(buffers: readonly Uint8Array[]): { value: unknown; rest: Uint8Array[] } {
  const [pickle, ...rest] = buffers;
  if (pickle === undefined) throw damaged();
  const converter = new Converter(rest);
  const value = converter.convert(readPickle(pickle), 0);
  return { value, rest: converter.rest };
}

/** What an `apply_request` of Python's client calls: a function by its name, with plain arguments. */
export interface PythonCall {
  /** `ipyparallel.util._push`. */
  readonly callable: string;
  readonly args: readonly unknown[];
  readonly keywords: Readonly<Record<string, unknown>>;
}

/**
 * Reads such a request, without running anything of it.
 *
 * @param knows - Tells whether the arguments of this function are wanted: others may hold anything.
 * @returns undefined for a function that is not known here.
 */
export function readPythonCall(
  buffers: readonly Uint8Array[],
  knows: (callable: string) => boolean,
): PythonCall | undefined {
  const [pickle, info, ...rest] = buffers;
  if (pickle === undefined || info === undefined) return undefined;
  const callable = nameOfFunction(readPickle(pickle));
  if (callable === undefined || !knows(callable)) return undefined;
  const { nargs, kw_keys: names } = fromPython([info]) as { nargs: number; kw_keys: string[] };
  let left: Uint8Array[] = rest;
  const next = (): unknown => {
    const taken = takeValue(left);
    left = taken.rest;
    return taken.value;
  };
  const args = Array.from({ length: nargs }, next);
  return { callable, args, keywords: Object.fromEntries(names.map((name) => [name, next()])) };
}

/** A function is sent by name, or as its code, with the names beside it. */
function nameOfFunction(value: PyValue): string | undefined {
  if (isGlobal(value)) return `${value.module}.${value.name}`;
  if (!isObject(value) || value.callable.name !== 'CannedFunction') return undefined;
  const state = stateOf(value);
  const [module, name] = [state.get('module'), state.get('__name__')];
  return typeof module === 'string' && typeof name === 'string' ? `${module}.${name}` : undefined;
}

class Converter {
  readonly #buffers: Uint8Array[];
  /** What is held in several places is one value here too, and is converted once. */
  readonly #made = new Map<object, unknown>();

  constructor(buffers: readonly Uint8Array[]) {
    this.#buffers = [...buffers];
  }

  /** Buffers that no value took. */
  get rest(): Uint8Array[] {
    return this.#buffers;
  }

  convert(value: PyValue, depth: number): unknown {
    if (depth > maxDepth) throw unsupported('value that is nested too deeply');
    if (typeof value !== 'object' || value === null) return value;
    if (!this.#made.has(value)) this.#made.set(value, this.#convertObject(value, depth));
    return this.#made.get(value);
  }

  #convertObject(value: PyValue & object, depth: number): unknown {
    const inner = (item: PyValue): unknown => this.convert(item, depth + 1);
    if (value instanceof Uint8Array) return Buffer.from(value);
    if (Array.isArray(value)) return value.map(inner);
    if (value instanceof Set) return new Set([...value].map(inner));
    if (value instanceof Map) return dictOf(value, inner);
    if (isGlobal(value)) throw unsupported(`class or function ${value.module}.${value.name}`);
    return this.#objectOf(value, depth);
  }

  #objectOf(object: PyObject, depth: number): unknown {
    const { module, name } = object.callable;
    switch (`${module.replace('numpy.core', 'numpy._core')}.${name}`) {
      case 'ipyparallel.serialize.canning.CannedArray':
        return this.#cannedArray(object);
      case 'ipyparallel.serialize.canning.CannedBytes':
      case 'ipyparallel.serialize.canning.CannedMemoryView':
        return Buffer.from(this.#bufferOf(object));
      case 'ipyparallel.serialize.canning.uncan':
        return this.convert(object.args[0] ?? null, depth + 1);
      case 'numpy._core.multiarray._reconstruct':
        return arrayOfState(object.state);
      case 'numpy._core.multiarray.scalar':
        return scalarOf(object.args);
      case 'datetime.datetime':
        return dateOf(object.args);
      default:
        throw unsupported(`${module}.${name}`);
    }
  }

  #cannedArray(object: PyObject): unknown {
    const state = stateOf(object);
    const [shape, dtype] = [state.get('shape'), state.get('dtype')];
    const bytes = this.#bufferOf(object);
    if (state.get('pickled') === true) return this.convert(readPickle(bytes), 1);
    if (typeof dtype !== 'string') throw unsupported('numpy array of records');
    return shaped({ dtype, shape, bytes });
  }

  /** In the state, or, when it is large, the next frame. */
  #bufferOf(object: PyObject): Uint8Array {
    const buffers = stateOf(object).get('buffers');
    const [held] = Array.isArray(buffers) ? buffers : [];
    const bytes = held instanceof Uint8Array ? held : this.#buffers.shift();
    if (bytes === undefined) throw damaged();
    return bytes;
  }
}

function dictOf(map: Map<PyValue, PyValue>, inner: (item: PyValue) => unknown): unknown {
  const entries = [...map].map(([key, item]) => [inner(key), inner(item)] as const);
  const isPlain = entries.every(([key]) => typeof key === 'string');
  return isPlain ? Object.fromEntries(entries) : new Map(entries);
}

function stateOf({ state }: PyObject): Map<PyValue, PyValue> {
  if (!(state instanceof Map)) throw damaged();
  return state;
}

/** `(version, shape, dtype, is_fortran, bytes)`, of an array that was pickled with what holds it. */
function arrayOfState(state: PyValue | undefined): unknown {
  if (!Array.isArray(state)) throw damaged();
  const [, shape, dtype, isFortran, bytes] = state;
  if (!(bytes instanceof Uint8Array)) throw unsupported('numpy array of objects');
  if (isFortran === true)
    throw unsupported('numpy array in Fortran order (numpy.ascontiguousarray makes it C)');
  return shaped({ dtype: dtypeText(dtype), shape, bytes });
}

function scalarOf([dtype, bytes]: readonly PyValue[]): unknown {
  const text = dtypeText(dtype);
  if (!(bytes instanceof Uint8Array)) throw damaged();
  const value = arrayOf(text, bytes)?.[0];
  if (value === undefined) throw unsupported(`numpy scalar of type ${text}`);
  if (text.endsWith('b1')) return value !== 0;
  const isExact = typeof value === 'bigint' && BigInt.asIntN(53, value) === value;
  return isExact ? Number(value) : value;
}

/** numpy pickles its types as a code, and the byte order beside it. */
function dtypeText(dtype: PyValue | undefined): string {
  if (dtype === undefined || !isObject(dtype)) throw damaged();
  const [code] = dtype.args;
  const order = Array.isArray(dtype.state) ? dtype.state[1] : '<';
  if (typeof code !== 'string') throw damaged();
  return `${typeof order === 'string' ? order : '<'}${code}`;
}

function shaped(array: { dtype: string; shape: PyValue | undefined; bytes: Uint8Array }): unknown {
  const { dtype, shape, bytes } = array;
  const made = arrayOf(dtype, bytes);
  if (made === undefined) throw unsupported(`numpy array of type ${dtype}`);
  const sizes = Array.isArray(shape) ? shape.filter((size) => typeof size === 'number') : [];
  if (sizes.reduce((product, size) => product * size, 1) !== made.length) throw damaged();
  return withShape(made, sizes);
}

/** Without a zone it is local time. */
function dateOf([packed, zone]: readonly PyValue[]): Date {
  if (!(packed instanceof Uint8Array) || packed.length !== 10) throw damaged();
  const fields = dateFields(Buffer.from(packed));
  if (zone === undefined || zone === null) return new Date(...fields);
  return new Date(Date.UTC(...fields) - offsetMs(zone));
}

type DateFields = [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
];

/** Ten bytes: year (two), month, day, hour, minute, second, microsecond (three). */
function dateFields(packed: Buffer): DateFields {
  const at = (index: number): number => packed.readUInt8(index);
  const month = (at(2) & 0x7f) - 1; // the first bit is `fold`
  return [
    packed.readUInt16BE(0),
    month,
    at(3),
    at(4),
    at(5),
    at(6),
    packed.readUIntBE(7, 3) / 1000,
  ];
}

/** `datetime.timezone(datetime.timedelta(days, seconds, microseconds))`. */
function offsetMs(zone: PyValue): number {
  const [delta] = isObject(zone) && zone.callable.name === 'timezone' ? zone.args : [];
  if (delta === undefined || !isObject(delta)) throw unsupported('datetime with a named time zone');
  const [days = 0, seconds = 0] = delta.args;
  return (Number(days) * 86_400 + Number(seconds)) * 1000;
}

function unsupported(what: string): ParallelError {
  return new ParallelError(
    'CANNOT_SEND',
    `A Python ${what} has no counterpart here. Pull plain values and arrays: numbers, texts, lists, dicts, ` +
      'sets, bytes, datetimes, numpy arrays of numbers.',
  );
}

function damaged(): ParallelError {
  return new ParallelError(
    'MALFORMED_MESSAGE',
    'A value of a Python engine cannot be read: it is damaged.',
  );
}
