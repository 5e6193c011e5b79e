import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { ParallelError } from '../base/errors.js';
import type { Header, JsonObject, Message } from './message.js';
import type { ReplayGuard } from './replay-guard.js';

/** A message as zeromq carries it: `[ident…] <IDS|MSG> HMAC header parent metadata content [buffer…]`. */
export type Frames = readonly Uint8Array[];

/** Frames to be sent; a short text needs no buffer, which would be garbage at once. */
export type OutgoingFrames = readonly (Uint8Array | string)[];

/** An encoded message with the routing frames in front of it. */
export interface Incoming {
  /** Routing identities (or an iopub topic) that stood before the delimiter. */
  readonly idents: readonly Uint8Array[];
  readonly message: Message;
}

const delimiterText = '<IDS|MSG>';
const delimiter = Buffer.from(delimiterText);
const emptyObject = Buffer.from('{}');
/** JSON frames behind the delimiter: header, parent header, metadata, content. */
const bodyLength = 4;
/** A text is converted for its signature and once more by zeromq.js, which costs more than a buffer from here on. */
const maxTextLength = 4096;

/** Signs and verifies with HMAC-SHA256; an empty key (under CurveZMQ) signs nothing. */
export class Signer {
  /** Absent without a key. A key object is read once, a text at each message. */
  readonly #key: KeyObject | undefined;

  constructor(key: string) {
    this.#key = key === '' ? undefined : createSecretKey(key, 'utf8');
  }

  /** Lower-case hex, or an empty frame without a key. */
  sign(body: OutgoingFrames): string {
    return this.#key === undefined ? '' : hmacOf(body, this.#key).digest('hex');
  }

  /**
   * @returns the digest of `body`; undefined without a key.
   * @throws {@link ParallelError} `SIGNATURE_INVALID` when the signature is not this key's.
   */
  verify(body: Frames, signature: Uint8Array): Buffer | undefined {
    if (this.#key === undefined) return undefined;
    const expected = hmacOf(body, this.#key).digest();
    const actual = Buffer.from(viewOf(signature).toString('latin1'), 'hex');
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
      throw new ParallelError(
        'SIGNATURE_INVALID',
        'Message dropped: its HMAC does not match the cluster key.',
      );
    }
    return expected;
  }
}

function hmacOf(body: OutgoingFrames, key: KeyObject): ReturnType<typeof createHmac> {
  const hmac = createHmac('sha256', key);
  for (const frame of body) hmac.update(frame);
  return hmac;
}

function viewOf(frame: Uint8Array): Buffer {
  return Buffer.isBuffer(frame)
    ? frame
    : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
}

/** The frames of `message`, with `idents` in front. */
export function encode(
  message: Message<object>,
  signer: Signer,
  idents: readonly (Uint8Array | string)[] = [],
): Uint8Array[] {
  return encodeToSend(message, signer, idents).map((frame) =>
    typeof frame === 'string' ? Buffer.from(frame) : frame,
  );
}

/** As {@link encode}, in the form that costs a socket the least. */
export function encodeToSend(
  message: Message<object>,
  signer: Signer,
  idents: readonly (Uint8Array | string)[] = [],
): OutgoingFrames {
  const body = [message.header, message.parentHeader, message.metadata, message.content].map(
    (part) => {
      const text = JSON.stringify(part);
      return text.length <= maxTextLength ? text : Buffer.from(text);
    },
  );
  return [...idents, delimiterText, signer.sign(body), ...body, ...message.buffers];
}

/**
 * Verifies, then parses, then checks the shape: nothing unsigned ever reaches `JSON.parse`.
 *
 * @param replays - Refuses a message that came before: it could be one that somebody else recorded.
 * @throws {@link ParallelError} `SIGNATURE_INVALID`, `MESSAGE_REPLAYED` or `MALFORMED_MESSAGE`; the message
 *   is to be dropped, the connection goes on.
 */
export function decode(frames: Frames, signer: Signer, replays?: ReplayGuard): Incoming {
  const at = delimiterIndex(frames);
  const [signature, ...body] = frames.slice(at + 1, at + 2 + bodyLength);
  if (signature === undefined || body.length < bodyLength) {
    throw malformed(`it has ${frames.length - at - 1} of the 5 frames behind its delimiter`);
  }
  const digest = signer.verify(body, signature);
  if (digest !== undefined && replays?.admit(digest) === false) throw replayed();
  const [header, parentHeader, metadata, content] = body.map(parseObject);
  return {
    idents: frames.slice(0, at),
    message: {
      header: checkedHeader(header ?? {}),
      parentHeader: checkedParent(parentHeader ?? {}),
      metadata: metadata ?? {},
      content: content ?? {},
      buffers: frames.slice(at + 2 + bodyLength),
    },
  };
}

export function isDelimiter(frame: Uint8Array | undefined): boolean {
  return frame !== undefined && delimiter.equals(frame);
}

/** Position of the delimiter frame. @throws {@link ParallelError} `MALFORMED_MESSAGE` without one. */
function delimiterIndex(frames: Frames): number {
  const at = frames.findIndex((frame) => delimiter.equals(frame));
  if (at < 0) throw malformed('it has no <IDS|MSG> delimiter');
  return at;
}

function parseObject(frame: Uint8Array): JsonObject {
  if (emptyObject.equals(frame)) return {};
  if (isTooDeep(frame)) throw malformed(`one of its frames is nested deeper than ${maxDepth}`);
  let value: unknown;
  try {
    value = JSON.parse(viewOf(frame).toString('utf8'));
  } catch (error) {
    throw malformed('one of its frames is not JSON', error);
  }
  if (!isObject(value)) throw malformed('one of its frames is not a JSON object');
  return value;
}

/** What walks through a message by recursion must not run out of stack. */
const maxDepth = 500;
const [quote, backslash] = [0x22, 0x5c];
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/** Without parsing it: brackets are counted, and strings skipped. */
function isTooDeep(frame: Uint8Array): boolean {
  if (frame.byteLength < 2 * maxDepth) return false;
  let depth = 0;
  for (let at = 0; at < frame.byteLength; at += 1) {
    const byte = frame[at] ?? 0;
    if (byte === quote) at = endOfString(frame, at);
    else if (opening.has(byte)) depth += 1;
    else if (closing.has(byte)) depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

function endOfString(frame: Uint8Array, start: number): number {
  for (let at = start; ;) {
    at = frame.indexOf(quote, at + 1);
    if (at < 0) return frame.byteLength;
    let escapes = at;
    while (frame[escapes - 1] === backslash) escapes -= 1;
    if ((at - escapes) % 2 === 0) return at;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Longest id of a message: what remembers a number of them is bounded. */
export const maxFieldLength = 1024;

function checkedHeader(header: JsonObject): Header {
  const optional = (field: string): string => {
    const value = header[field];
    if (typeof value !== 'string') return '';
    if (value.length > maxFieldLength) throw malformed(`its \`${field}\` is too long`);
    return value;
  };
  const text = (field: string): string => {
    if (typeof header[field] === 'string') return optional(field);
    throw malformed(`its header has no text field \`${field}\``);
  };
  return {
    ...header,
    msg_id: text('msg_id'),
    msg_type: text('msg_type'),
    session: optional('session'),
    username: optional('username'),
    date: optional('date'),
    version: optional('version'),
  };
}

/** Absent parents are `{}`; one that is there has the fields of a header. */
function checkedParent(parent: JsonObject): Message['parentHeader'] {
  return 'msg_id' in parent ? checkedHeader(parent) : {};
}

function replayed(): ParallelError {
  return new ParallelError('MESSAGE_REPLAYED', 'Message dropped: the same one came before.');
}

function malformed(what: string, cause?: unknown): ParallelError {
  return new ParallelError('MALFORMED_MESSAGE', `Message dropped: ${what}.`, { cause });
}
