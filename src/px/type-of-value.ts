/**
 * The TypeScript type of a value that is sent to engines, as far as the value alone tells: what the
 * compiler knows of a variable of the notebook is better.
 */
export function typeOfValue(value: unknown): string {
  if (value === null || value === undefined) return 'any';
  if (Array.isArray(value)) return typeOfArray(value);
  if (typeof value !== 'object') return primitives.has(typeof value) ? typeof value : 'any';
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return builtIns.has(name) ? name : 'any';
}

/** Looks at every item only when they are few: `any[]` is right for the rest. */
function typeOfArray(items: readonly unknown[]): string {
  const [first] = items;
  const isUniform =
    primitives.has(typeof first) &&
    items.length <= longestLookedAt &&
    items.every((item) => typeof item === typeof first);
  return isUniform ? `${typeof first}[]` : 'any[]';
}

const longestLookedAt = 100_000;
const primitives: ReadonlySet<string> = new Set(['number', 'string', 'boolean', 'bigint']);
const builtIns: ReadonlySet<string> = new Set([
  'ArrayBuffer',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Date',
  'Float32Array',
  'Float64Array',
  'Int8Array',
  'Int16Array',
  'Int32Array',
  'RegExp',
  'Uint8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Uint32Array',
]);
