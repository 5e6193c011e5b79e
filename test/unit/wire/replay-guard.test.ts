import { describe, expect, test } from 'vitest';
import { decode, encode, Signer } from '../../../src/wire/framing.js';
import { Session } from '../../../src/wire/message.js';
import { ReplayGuard } from '../../../src/wire/replay-guard.js';

const signer = new Signer('a key');
const replayed = expect.objectContaining({ code: 'MESSAGE_REPLAYED' }) as Error;

function digestOf(number: number): Buffer {
  const digest = Buffer.alloc(32);
  digest.writeUInt32LE(number);
  return digest;
}

function request(): Uint8Array[] {
  return encode(new Session().message({ type: 'execute_request', content: {} }), signer);
}

describe('a message that came before', () => {
  test('is refused, and others are not', () => {
    const guard = new ReplayGuard();
    const frames = request();
    decode(frames, signer, guard);

    expect(() => decode(frames, signer, guard)).toThrow(replayed);
    expect(() => decode(request(), signer, guard)).not.toThrow();
  });

  test('is known however its signature is written and whatever stands around it', () => {
    const guard = new ReplayGuard();
    const [delimiter = Buffer.of(), signature = Buffer.of(), ...rest] = request();
    const written = Buffer.from(signature).toString('latin1');
    decode([delimiter, signature, ...rest], signer, guard);

    for (const text of [written.toUpperCase(), `${written}~`]) {
      const again = [Buffer.from('other'), delimiter, Buffer.from(text), ...rest, Buffer.of(1)];
      expect(() => decode(again, signer, guard)).toThrow(replayed);
    }
  });

  test('is taken where there is no key: CURVE tells such messages apart', () => {
    const open = new Signer('');
    const guard = new ReplayGuard();
    const frames = encode(new Session().message({ type: 'x_request', content: {} }), open);
    decode(frames, open, guard);

    expect(() => decode(frames, open, guard)).not.toThrow();
  });
});

test('the last 32,768 are remembered, and never more than 65,536', () => {
  const guard = new ReplayGuard();
  let [admitted, largest] = [0, 0];
  for (let number = 0; number < 100_000; number += 1) {
    if (guard.admit(digestOf(number))) admitted += 1;
    largest = Math.max(largest, guard.size);
  }

  expect(admitted).toBe(100_000);
  expect(largest).toBeLessThanOrEqual(65_536);
  expect(guard.admit(digestOf(100_000 - 32_768))).toBe(false);
  expect(guard.admit(digestOf(0))).toBe(true);
});
