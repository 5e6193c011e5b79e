import { expect, test } from 'vitest';
import { apply, type Variables } from '../../../src/engine/apply.js';
import { EngineDeclarations } from '../../../src/engine/engine-declarations.js';
import {
  decodeValue,
  encodeValue,
  joinBuffers,
  splitBuffers,
} from '../../../src/serialize/values.js';
import { digestOf } from '../../../src/wire/buffers-digest.js';
import { Session } from '../../../src/wire/message.js';

function engine(values: Record<string, unknown> = {}) {
  const held = new Map(Object.entries(values));
  const variables: Variables = {
    has: (name) => held.has(name),
    get: (name) => held.get(name),
    assign: (added) => Object.entries(added).forEach(([name, value]) => held.set(name, value)),
  };
  return { held, variables, declarations: new EngineDeclarations() };
}

const request = (pxlab: unknown, buffers: readonly Uint8Array[] = []) =>
  new Session('client').message({
    type: 'apply_request',
    content: {},
    metadata: { pxlab },
    buffers,
  });

test('a push sets variables and declares their types', () => {
  const { held, ...namespace } = engine();
  const noise = new Float64Array(1000).fill(0.5);
  const buffers = joinBuffers([encodeValue(noise), encodeValue({ k: 1n })]);
  const pxlab = {
    format: 1,
    method: 'push',
    names: ['noise', 'more'],
    types: { noise: 'Float64Array' },
    buffersDigest: digestOf(buffers),
  };

  expect(apply(request(pxlab, buffers), namespace).content).toEqual({ status: 'ok' });
  expect(held.get('noise')).toEqual(noise);
  expect(held.get('more')).toEqual({ k: 1n });
  expect(namespace.declarations.current.text).toBe(
    'declare let noise: Float64Array;\ndeclare let more: any;\n',
  );
});

test('a push of other values than were signed is refused, and sets nothing', () => {
  const { held, ...namespace } = engine();
  const [signed, other] = [1, 2].map((value) => joinBuffers([encodeValue(value)]));
  const pxlab = { format: 1, method: 'push', names: ['a'], buffersDigest: digestOf(signed ?? []) };
  const push = (metadata: object) => () => apply(request(metadata, other), namespace);

  expect(push(pxlab)).toThrow(/before anything of it ran.*changed on their way\.$/);
  expect(push({ ...pxlab, buffersDigest: undefined })).toThrow(/older pxlab\.$/);
  expect(held.size).toBe(0);
});

test('a pull brings several variables in the order of their names', () => {
  const namespace = engine({ a: 1, b: new Map([['x', undefined]]) });

  const { buffers = [] } = apply(
    request({ format: 1, method: 'pull', names: ['b', 'a'] }),
    namespace,
  );

  expect(splitBuffers(buffers).map(decodeValue)).toEqual([new Map([['x', undefined]]), 1]);
});

test('a pull of variables that are not there names them', () => {
  const pull = () =>
    apply(request({ format: 1, method: 'pull', names: ['a', 'nope'] }), engine({ a: 1 }));

  expect(pull).toThrow(
    expect.objectContaining({
      name: 'NoSuchVariable',
      message: 'There is no variable `nope` on this engine.',
    }),
  );
});

test('a pull of what cannot be sent names the variable', () => {
  const pull = () =>
    apply(request({ format: 1, method: 'pull', names: ['f'] }), engine({ f: () => 1 }));

  expect(pull).toThrow(/^Cannot send `f`/);
});

test('a Python function is answered with one sentence', () => {
  const call = () => apply(request(undefined, [Buffer.from('pickle')]), engine());

  expect(call).toThrow(/cannot call a Python function/);
});
