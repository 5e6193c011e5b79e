import { inspectValue } from './inspect-value.js';
import type { MimeBundle } from '../wire/contents.js';
import { isTable, tableHtml } from './table.js';

/** The convention of Deno's kernel and of libraries written for it: a method that returns a bundle. */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display') as never;

export interface BundleOptions {
  /** Arrays of objects are tables. @defaultValue true */
  readonly hasTables?: boolean | undefined;
}

/**
 * What a front end can show of `value`: always text, and more where the value has more to give: an image for
 * bytes that are one, a table for an array of plain objects.
 *
 * A promise only when the value's own display method returns one.
 */
export function mimeBundle(
  value: unknown,
  { hasTables = true }: BundleOptions = {},
): MimeBundle | Promise<MimeBundle> {
  const display = displayMethod(value);
  if (display === undefined) {
    const table = hasTables && isTable(value) ? { 'text/html': tableHtml(value) } : {};
    return { ...imageOf(value), ...table, 'text/plain': inspectValue(value) };
  }
  const own: unknown = display();
  return isThenable(own)
    ? Promise.resolve(own).then((bundle) => complete(bundle, value))
    : complete(own, value);
}

/** Values as the protocol carries them: text as strings, binary as base64, JSON as plain data. */
export function normalBundle(bundle: Readonly<Record<string, unknown>>): MimeBundle {
  const normal: Record<string, unknown> = {};
  for (const [type, value] of Object.entries(bundle)) {
    if (value !== undefined) normal[type] = normalValue(type, value);
  }
  return normal;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' && typeof value !== 'function') return false;
  return value !== null && 'then' in value && typeof value.then === 'function';
}

function complete(own: unknown, value: unknown): MimeBundle {
  if (typeof own !== 'object' || own === null) return { 'text/plain': inspectValue(value) };
  const bundle = normalBundle(own as Record<string, unknown>);
  return 'text/plain' in bundle ? bundle : { ...bundle, 'text/plain': inspectValue(value) };
}

function displayMethod(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return undefined;
  const method = (value as Record<symbol, unknown>)[displaySymbol];
  return typeof method === 'function'
    ? () => Reflect.apply(method, value, []) as unknown
    : undefined;
}

function normalValue(type: string, value: unknown): unknown {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) {
    return isText(type) ? Buffer.from(value).toString('utf8') : toBase64(value);
  }
  return value === null ? null : plainData(value);
}

/** A round trip leaves plain data, which can be posted, or says why it cannot. */
function plainData(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? null : JSON.parse(text);
}

function isText(type: string): boolean {
  return type.startsWith('text/') || type === 'image/svg+xml' || type.endsWith('json');
}

/** Bytes that begin like an image are shown as one. */
function imageOf(value: unknown): MimeBundle {
  if (!(value instanceof Uint8Array)) return {};
  if (startsWith(value, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
    return { 'image/png': toBase64(value) };
  if (startsWith(value, [0xff, 0xd8, 0xff])) return { 'image/jpeg': toBase64(value) };
  if (startsWith(value, [0x47, 0x49, 0x46, 0x38])) return { 'image/gif': toBase64(value) };
  return isSvg(value) ? { 'image/svg+xml': Buffer.from(value).toString('utf8') } : {};
}

function isSvg(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 400)).toString('utf8').trimStart();
  return start.startsWith('<svg') || (start.startsWith('<?xml') && start.includes('<svg'));
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
