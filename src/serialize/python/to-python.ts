import { isNumeric, type NumericArray } from './array-types.js';
import { PickleWriter } from './pickle-writer.js';

/** Arrays of more bytes travel as frames of their own, as ipyparallel's `MAX_BYTES`. */
const outOfBandBytes = 1024;

/**
 * The buffers of an `apply_request` that has a Python engine call `ipyparallel.util._push`: variables by
 * name in its namespace.
 *
 * Source: ipyparallel 9.2, `pack_apply_message` in `ipyparallel/serialize/serialize.py`.
 *
 * @throws {@link ParallelError} `CANNOT_SEND`, naming the variable.
 */
export function pythonPush(values: Readonly<Record<string, unknown>>): Uint8Array[] {
  const names = Object.keys(values).sort();
  return [
    functionNamed('_push'),
    callInfo({ argBuffers: [], names }),
    ...names.flatMap((name) => toPython(values[name], `\`${name}\``)),
  ];
}

/** The same for `ipyparallel.util._pull`, which answers with the values in the order of `names`. */
export function pythonPull(names: readonly string[]): Uint8Array[] {
  const argBuffers = toPython(names, 'the names');
  return [functionNamed('_pull'), callInfo({ argBuffers, names: [] }), ...argBuffers];
}

/** By name: the function is part of the engine's own ipyparallel. */
function functionNamed(name: string): Buffer {
  return new PickleWriter().global('ipyparallel.util', name).finish();
}

function callInfo(call: { argBuffers: readonly Uint8Array[]; names: readonly string[] }): Buffer {
  const { argBuffers, names } = call;
  return new PickleWriter()
    .value(
      { nargs: argBuffers.length > 0 ? 1 : 0, narg_bufs: argBuffers.length, kw_keys: names },
      '',
    )
    .finish();
}

/**
 * One value, and its frame when it is a large array: what an `apply_reply` to Python's client holds.
 *
 * @param path - What the value is called in messages.
 * @throws {@link ParallelError} `CANNOT_SEND`, naming the place of what has no counterpart.
 */
export function toPython(value: unknown, path: string): Uint8Array[] {
  if (!isNumeric(value) || value.byteLength <= outOfBandBytes) {
    return [new PickleWriter().value(value, path).finish()];
  }
  return [cannedArray(value), new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
}

function cannedArray(array: NumericArray): Buffer {
  const writer = new PickleWriter();
  return writer
    .instance(['ipyparallel.serialize.canning', 'CannedArray'], () =>
      writer.dict(() => writer.arrayState(array, () => writer.value(null, ''))),
    )
    .finish();
}
