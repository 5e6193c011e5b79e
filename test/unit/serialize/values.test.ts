import { expect, test } from 'vitest';
import {
  decodeValue,
  encodeValue,
  joinBuffers,
  splitBuffers,
} from '../../../src/serialize/values.js';

const roundTrip = (value: unknown): unknown => decodeValue(encodeValue(value));

test.each([
  ['numbers that JSON loses', [NaN, -0, Infinity, undefined, 10n ** 30n]],
  ['containers', new Map<unknown, unknown>([[{ a: 1 }, new Set([1, 'b'])]])],
  ['a date and an expression', [new Date(86_400_000), /a+/giu]],
  ['text beyond the basic plane', '𝜋 ≈ 3.14'],
  ['small typed arrays', [Float32Array.of(1.5), BigInt64Array.of(-1n), new Uint8ClampedArray(3)]],
  ['large typed arrays', { x: new Float64Array(1000).fill(0.1), y: new Int16Array(2000).fill(-2) }],
  ['nothing', null],
])('%s arrive as they left', (_, value) => {
  expect(roundTrip(value)).toStrictEqual(value);
});

test('an error keeps its class, message and cause', () => {
  const error = roundTrip(new RangeError('far', { cause: new TypeError('why') }));

  expect(error).toBeInstanceOf(RangeError);
  expect(error).toMatchObject({ message: 'far', cause: expect.any(TypeError) as unknown });
});

test('a cycle and a shared value stay one', () => {
  const shared = { n: 1 };
  const value: Record<string, unknown> = { a: shared, b: shared };
  value['self'] = value;

  const copy = roundTrip(value) as typeof value;

  expect(copy['self']).toBe(copy);
  expect(copy['a']).toBe(copy['b']);
});

test('a large array travels in a buffer of its own, uncopied', () => {
  const array = new Float64Array(1000);

  const [body, data] = encodeValue({ array });

  expect(data?.buffer).toBe(array.buffer);
  expect(body?.byteLength).toBeLessThan(100);
});

test('a view of a part of a buffer sends that part alone', () => {
  const part = new Float64Array(1000).fill(7).subarray(400, 900);

  const copy = roundTrip(part) as Float64Array;

  expect(copy).toStrictEqual(part);
  expect(copy.buffer.byteLength).toBe(500 * 8);
});

test('a typed array keeps its shape, when it is one of as many items', () => {
  const shaped = (shape: unknown): unknown =>
    roundTrip(Object.assign(Float64Array.of(0, 1, 2, 3, 4, 5), { shape }));

  expect(shaped([2, 3])).toMatchObject({ length: 6, shape: [2, 3] });
  expect(shaped([])).not.toHaveProperty('shape');
  expect(shaped([2, 4])).not.toHaveProperty('shape');
  expect(shaped('wide')).not.toHaveProperty('shape');
  expect(roundTrip(Object.assign(Uint8Array.of(7), { shape: [] }))).toMatchObject({ shape: [] });
});

test('a shape that is not that of its array is refused', () => {
  const [body = new Uint8Array()] = encodeValue(
    Object.assign(new Uint8Array(6), { shape: [2, 3] }),
  );
  const two = Buffer.from(Float64Array.of(2).buffer);
  const three = Buffer.from(Float64Array.of(3).buffer);
  const wrong = Buffer.from(body);
  wrong.set(three, wrong.indexOf(Buffer.concat([two, three])));

  expect(() => decodeValue([wrong])).toThrow(
    expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
  );
});

test('what cannot be sent is refused in a sentence that names it', () => {
  expect(() => encodeValue({ f: () => 1 }, '`f`')).toThrow(
    /Cannot send `f`: .*could not be cloned/,
  );
  expect(() => encodeValue(Symbol('s'))).toThrow(expect.objectContaining({ code: 'CANNOT_SEND' }));
});

test.each([
  ['an unknown format', [Uint8Array.of(9, 1, 2)]],
  ['no buffers', []],
  ['a truncated body', [encodeValue('some text')[0]?.subarray(0, 4) ?? new Uint8Array()]],
  ['a missing array', encodeValue(new Float64Array(1000)).slice(0, 1)],
  [
    'an array of another length',
    [...encodeValue(new Float64Array(1000)).slice(0, 1), new Uint8Array(3)],
  ],
])('%s is refused', (_, buffers) => {
  expect(() => decodeValue(buffers)).toThrow(
    expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
  );
});

test('several values share one message', () => {
  const values = [1, new Float64Array(500), 'x'];

  const joined = joinBuffers(values.map((value) => encodeValue(value)));

  expect(splitBuffers(joined).map(decodeValue)).toStrictEqual(values);
});

test.each(['', 'x', '{"a":1}', '[-1]', '["2"]'])(
  'a damaged count of buffers is refused: %s',
  (text) => {
    expect(() => splitBuffers([Buffer.from(text)])).toThrow(
      expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
    );
  },
);
