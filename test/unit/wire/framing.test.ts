import { describe, expect, test } from 'vitest';
import { decode, encode, encodeToSend, Signer } from '../../../src/wire/framing.js';
import { Session } from '../../../src/wire/message.js';

const signer = new Signer('a key');
const session = new Session();

/** Frames of a small request, with one buffer. */
function sample(): Uint8Array[] {
  const message = session.message({
    type: 'execute_request',
    content: { code: 'π', silent: false },
    metadata: { label: 'x' },
    buffers: [Uint8Array.of(1, 2, 3)],
  });
  return encode(message, signer, ['engine']);
}

describe('a message', () => {
  test('arrives as it left, with the identities in front', () => {
    const { idents, message } = decode(sample(), signer);

    expect(idents.map((ident) => Buffer.from(ident).toString())).toEqual(['engine']);
    expect(message.header).toMatchObject({ msg_type: 'execute_request', version: '5.3' });
    expect(message.content).toEqual({ code: 'π', silent: false });
    expect(message.metadata).toEqual({ label: 'x' });
    expect(message.parentHeader).toEqual({});
    expect(message.buffers).toEqual([Uint8Array.of(1, 2, 3)]);
  });

  test('is signed with lower-case hex of HMAC-SHA256 over its four JSON frames', () => {
    const fixed = ['{}', '{}', '{}', '{}'].map((text) => Buffer.from(text));

    // printf '{}{}{}{}' | openssl dgst -sha256 -hmac 'a key'
    expect(signer.sign(fixed)).toBe(
      'e2c27855d41353957c8555d30463a97e6a6ea497e6ebb3f7824503c3b64f2c0b',
    );
  });

  test('has an empty signature without a key', () => {
    const open = new Signer('');
    const frames = encode(session.message({ type: 'x_request', content: {} }), open);

    expect(frames[1]).toHaveLength(0);
    expect(decode(frames, open).message.header.msg_type).toBe('x_request');
  });

  test('is sent as the bytes that were signed: short JSON as text, long JSON as bytes', () => {
    const content = { code: 'x'.repeat(5000) };
    const message = session.message({
      type: 'execute_request',
      content,
      metadata: { π: '\ud800' },
    });

    const sent = encodeToSend(message, signer, ['engine']);

    expect(sent.map((frame) => typeof frame === 'string')).toEqual([
      ...[true, true, true], // identity, delimiter, signature
      ...[true, true, true, false], // header, parent, metadata, content
    ]);
    const bytes = sent.map((frame) => Buffer.from(frame));
    expect(bytes).toEqual(encode(message, signer, ['engine']));
    expect(decode(bytes, signer).message.content).toEqual(content);
  });

  test('has ids that differ, and a date with a zone', () => {
    const [first, second] = [1, 2].map(() => session.message({ type: 'a', content: {} }).header);

    expect(first?.msg_id).not.toBe(second?.msg_id);
    expect(first?.date).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });
});

describe('a message that is not in order is refused:', () => {
  test('an id longer than those who remember ids have room for', () => {
    const withId = (length: number): Uint8Array[] =>
      encode(session.message({ type: 'a', content: {}, id: 'x'.repeat(length) }), signer);

    expect(() => decode(withId(1024), signer)).not.toThrow();
    expect(() => decode(withId(1025), signer)).toThrow('its `msg_id` is too long');
  });

  test('one byte changed in any signed frame', () => {
    for (const index of [3, 4, 5, 6]) {
      const frames = sample();
      const frame = Buffer.from(frames[index] ?? []);
      frame[0] = (frame[0] ?? 0) ^ 1;
      frames[index] = frame;

      expect(() => decode(frames, signer)).toThrow(/HMAC does not match/);
    }
  });

  test('another key, and no signature at all', () => {
    const unsigned = sample();
    unsigned[2] = Buffer.alloc(0);

    expect(() => decode(sample(), new Signer('other'))).toThrow(/HMAC does not match/);
    expect(() => decode(unsigned, signer)).toThrow(/HMAC does not match/);
  });

  test('its signature is checked before a byte is parsed', () => {
    const frames = sample();
    frames[3] = Buffer.from('{ this is not JSON');

    expect(() => decode(frames, signer)).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_INVALID' }),
    );
  });

  test.each([
    ['no delimiter', [Buffer.from('a'), Buffer.from('b')]],
    ['no frames', []],
    ['a delimiter alone', [Buffer.from('<IDS|MSG>')]],
  ])('%s', (_, frames) => {
    expect(() => decode(frames, signer)).toThrow(
      expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
    );
  });

  test.each([
    '[]',
    'null',
    '7',
    '"text"',
    'no json',
    '{"msg_id":1,"msg_type":"x"}',
    '{"msg_type":"x"}',
  ])('a signed header of %s', (header) => {
    const body = [header, '{}', '{}', '{}'].map((text) => Buffer.from(text));
    const frames = [Buffer.from('<IDS|MSG>'), Buffer.from(signer.sign(body)), ...body];

    expect(() => decode(frames, signer)).toThrow(
      expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
    );
  });
});
