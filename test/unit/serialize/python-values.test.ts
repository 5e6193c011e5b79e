import { describe, expect, test } from 'vitest';
import { fromPython } from '../../../lib/serialize/python/from-python.js';
import { pythonPull, pythonPush } from '../../../lib/serialize/python/to-python.js';
import { readPickle } from '../../../lib/serialize/python/pickle-reader.js';

const read = (hex: string): unknown => fromPython([Buffer.from(hex, 'hex')]);

/** `pickle.dumps({'a': [1, 2.5, 'é', None, True, (1, 2, 3, 4)], 'b': {1, 2}, 'c': b'xy', 'd': 2**70, 'e': -300}, p)` */
const nested = {
  2: '80027d71002858010000006171015d7102284b014740040000000000005802000000c3a971034e88284b014b024b034b04747104655801000000627105635f5f6275696c74696e5f5f0a7365740a71065d7107284b014b0265857108527109580100000063710a635f636f646563730a656e636f64650a710b58020000007879710c58060000006c6174696e31710d86710e52710f58010000006471108a0900000000000000004058010000006571114ad4feffff752e',
  4: '80049557000000000000007d94288c0161945d94284b014740040000000000008c02c3a9944e88284b014b024b034b047494658c0162948f94284b014b02908c01639443027879948c0164948a090000000000000000408c0165944ad4feffff752e',
  5: '80059557000000000000007d94288c0161945d94284b014740040000000000008c02c3a9944e88284b014b024b034b047494658c0162948f94284b014b02908c01639443027879948c0164948a090000000000000000408c0165944ad4feffff752e',
};

describe('what Python pickled', () => {
  test.each([2, 4, 5] as const)('in protocol %i arrives as plain values', (protocol) => {
    expect(read(nested[protocol])).toEqual({
      a: [1, 2.5, 'é', null, true, [1, 2, 3, 4]],
      b: new Set([1, 2]),
      c: Buffer.from('xy'),
      d: 2n ** 70n,
      e: -300,
    });
  });

  test('as a datetime with a zone is a Date', () => {
    // datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)
    const date = read(
      '80049557000000000000008c086461746574696d65948c086461746574696d65949394430a07ea01020304050a58709468008c0874696d657a6f6e6594939468008c0974696d6564656c74619493944b004b004b008794529485945294869452942e',
    );

    expect(date).toEqual(new Date('2026-01-02T03:04:05.678Z'));
  });

  test('as a numpy array inside a list is a typed array with its shape', () => {
    // [np.arange(6, dtype='<i4').reshape(2, 3)]
    const [array] = read(
      '800495a6000000000000005d948c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b024b03869468048c0564747970659493948c02693494898887945294284b038c013c944e4e4e4affffffff4affffffff4b0074946289431800000000010000000200000003000000040000000500000094749462612e',
    ) as [Int32Array & { shape: number[] }];

    expect(array).toEqual(Int32Array.of(0, 1, 2, 3, 4, 5));
    expect(array.shape).toEqual([2, 3]);
  });

  test('as numpy scalars is numbers and booleans', () => {
    // [np.float32(1.5), np.bool_(True), np.int64(7)]
    const scalars = read(
      '800495cf000000000000005d94288c166e756d70792e5f636f72652e6d756c74696172726179948c067363616c61729493948c056e756d7079948c0564747970659493948c02663494898887945294284b038c013c944e4e4e4affffffff4affffffff4b0074946243040000c03f9486945294680368068c02623194898887945294284b038c017c944e4e4e4affffffff4affffffff4b007494624301019486945294680368068c02693894898887945294284b03680a4e4e4e4affffffff4affffffff4b00749462430807000000000000009486945294652e',
    );

    expect(scalars).toEqual([1.5, true, 7]);
  });

  test('cut short anywhere, or altered, is an error and never a hang', () => {
    const whole = Buffer.from(nested[4], 'hex');

    for (let length = 0; length < whole.length; length += 1) {
      expect(() => readPickle(whole.subarray(0, length))).toThrow(/cannot be read/);
    }
    for (let at = 0; at < whole.length; at += 1) {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] ?? 0) ^ 0xff;
      try {
        readPickle(altered);
      } catch (error) {
        expect(error).toMatchObject({ code: 'MALFORMED_MESSAGE' });
      }
    }
  });

  test('with a number of a length below zero is an error and never a hang', () => {
    const damaged = Buffer.from([0x8b, 0xfb, 0xff, 0xff, 0xff, 0x2e]);

    expect(() => readPickle(damaged)).toThrow(/cannot be read/);
  });

  test('that is held in several places is one value here too, however often', () => {
    // x = []; for _ in range(100): x = (x, x)
    const pair = '3286';

    const [left, right] = read(`80045d${pair.repeat(100)}2e`) as [unknown, unknown];

    expect(left).toBe(right);
  });

  test('as a class of its own is refused by its name, and nothing of it runs', () => {
    // pickle.dumps(os.system, 2) called with ('true',)
    const hex = Buffer.from(
      '\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.',
      'latin1',
    ).toString('hex');

    expect(() => read(hex)).toThrow(/posix\.system has no counterpart/);
  });
});

describe('what goes to Python', () => {
  /** What an engine of ours would read of the variables. */
  const sent = (values: Record<string, unknown>): unknown[] => {
    const [, info, ...buffers] = pythonPush(values);
    expect(readPickle(info ?? Buffer.alloc(0))).toEqual(
      new Map<unknown, unknown>([
        ['nargs', 0],
        ['narg_bufs', 0],
        ['kw_keys', Object.keys(values).sort()],
      ]),
    );
    const read: unknown[] = [];
    for (let rest = buffers; rest.length > 0;) {
      const isLarge = rest[1] !== undefined && rest[1][0] !== 0x80;
      read.push(fromPython(rest.slice(0, isLarge ? 2 : 1)));
      rest = rest.slice(isLarge ? 2 : 1);
    }
    return read;
  };

  test('reads as what was sent', () => {
    const values = [
      0,
      -1,
      2 ** 31,
      -(2 ** 40),
      1.5,
      NaN,
      2n ** 80n,
      -(2n ** 64n),
      'é',
      true,
      [1, ['a']],
    ];
    const more = [
      { a: { b: [1] } },
      new Map([[1, 'x']]),
      new Set(['s']),
      new Date(12_345),
      Buffer.from('b'),
    ];

    for (const value of [...values, ...more]) expect(sent({ value })).toEqual([value]);
    expect(sent({ value: undefined })).toEqual([null]);
  });

  test('keeps -0 and arrays, large ones in a frame of their own', () => {
    const large = new Float64Array(500).fill(-2);

    expect(Object.is(sent({ zero: -0 })[0], -0)).toBe(true);
    expect(sent({ small: Int16Array.of(1, -2) })).toEqual([Int16Array.of(1, -2)]);
    expect(sent({ large })).toEqual([large]);
    expect(pythonPush({ large }).at(-1)?.byteLength).toBe(4000);
  });

  test('is refused by its place when Python has no counterpart', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    class Own {
      readonly a = 1;
    }

    expect(() => pythonPush({ f: () => 1 })).toThrow('`f` is a function');
    expect(() => pythonPush({ a: { b: [new Own()] } })).toThrow(
      '`a`.b[0] is an object of the class Own',
    );
    expect(() => pythonPush({ cycle })).toThrow('`cycle`[0] is a value that holds itself');
    expect(() => pythonPush({ d: new Date(NaN) })).toThrow('`d` is an invalid Date');
  });

  test('a pull asks for its names in order', () => {
    const [callable, info, names] = pythonPull(['b', 'a']);

    expect(readPickle(callable ?? Buffer.alloc(0))).toEqual({
      kind: 'global',
      module: 'ipyparallel.util',
      name: '_pull',
    });
    expect(readPickle(info ?? Buffer.alloc(0))).toEqual(
      new Map<unknown, unknown>([
        ['nargs', 1],
        ['narg_bufs', 1],
        ['kw_keys', []],
      ]),
    );
    expect(readPickle(names ?? Buffer.alloc(0))).toEqual(['b', 'a']);
  });
});
