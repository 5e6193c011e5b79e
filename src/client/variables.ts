import { fromPython } from '../serialize/python/from-python.js';
import { pythonPull, pythonPush } from '../serialize/python/to-python.js';
import { decodeValue, encodeValue, joinBuffers, splitBuffers } from '../serialize/values.js';
import { digestOf } from '../wire/buffers-digest.js';
import type { VariablesMetadata } from '../wire/contents.js';
import type { Pack, Parcel } from './dispatcher.js';
import type { Engine } from './engine-directory.js';
import { statusWhenShown } from './requests.js';
import type { TaskReply } from './task-reply.js';

interface PushOptions {
  readonly types?: Readonly<Record<string, string>> | undefined;
  readonly label: string | undefined;
}

/**
 * Makes the `apply_request` that sets variables: in our own terms for TypeScript engines, as ipyparallel's
 * client does for Python's. Values are encoded once for each language that is among the engines.
 *
 * @throws {@link ParallelError} `CANNOT_SEND`, before anything is sent.
 */
export function packPush(
  values: Readonly<Record<string, unknown>>,
  engines: readonly Engine[],
  { types, label }: PushOptions,
): Pack {
  return packByLanguage(engines, {
    typescript: () => {
      const names = Object.keys(values);
      const buffers = joinBuffers(names.map((name) => encodeValue(values[name], `\`${name}\``)));
      const buffersDigest = digestOf(buffers);
      const push = { method: 'push', names, buffersDigest, ...(types && { types }) } as const;
      return ours(push, { label, buffers });
    },
    python: () => pythons(pythonPush(values), label),
  });
}

/** As {@link packPush}, one request for all: engines of ours read what Python's client sends, too. */
export function packSharedPush(
  values: Readonly<Record<string, unknown>>,
  engines: readonly Engine[],
  { types, label }: Partial<PushOptions>,
): Pack {
  const hasPython = engines.some(({ language }) => language === 'python');
  if (!hasPython) return packPush(values, engines, { types, label });
  const parcel = pythons(pythonPush(values), label);
  return () => parcel;
}

/** The same for the values of variables; {@link valuesOfPull} reads the answers. */
export function packPull(
  names: readonly string[],
  engines: readonly Engine[],
  label: string | undefined,
): Pack {
  return packByLanguage(engines, {
    typescript: () => ours({ method: 'pull', names }, { label, buffers: [] }),
    python: () => pythons(pythonPull(names), label),
  });
}

/** The values of the variables pulled, in the order of their names. */
export function valuesOfPull(reply: TaskReply, engine: Engine | undefined): unknown[] {
  if (engine?.language !== 'python') {
    return splitBuffers(reply.buffers).map((buffers) => decodeValue(buffers));
  }
  const values = fromPython(reply.buffers);
  return Array.isArray(values) ? values : [values];
}

function packByLanguage(
  engines: readonly Engine[],
  make: Readonly<Record<Engine['language'], () => Parcel>>,
): Pack {
  const languages = new Set(engines.map(({ language }) => language));
  const parcels = new Map([...languages].map((language) => [language, make[language]()]));
  return ({ engine }) => {
    const parcel = parcels.get(engine?.language ?? 'typescript');
    if (parcel === undefined) throw new TypeError('a request was not made for all its engines');
    return parcel;
  };
}

function ours(
  variables: Omit<VariablesMetadata, 'format'>,
  { label, buffers }: { label: string | undefined; buffers: readonly Uint8Array[] },
): Parcel {
  const pxlab: VariablesMetadata = { format: 1, ...variables };
  const metadata = { label: label ?? null, ...statusWhenShown, pxlab };
  return { type: 'apply_request', content: {}, metadata, buffers };
}

function pythons(buffers: readonly Uint8Array[], label: string | undefined): Parcel {
  return { type: 'apply_request', content: {}, metadata: { label: label ?? null }, buffers };
}
