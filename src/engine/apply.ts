import { ParallelError } from '../base/errors.js';
import { readPythonCall } from '../serialize/python/from-python.js';
import { toPython } from '../serialize/python/to-python.js';
import { decodeValue, encodeValue, joinBuffers, splitBuffers } from '../serialize/values.js';
import { digestOf } from '../wire/buffers-digest.js';
import type { VariablesMetadata } from '../wire/contents.js';
import type { Message } from '../wire/message.js';
import { checkDigest } from './check-digest.js';
import type { EngineDeclarations } from './engine-declarations.js';
import type { Answer } from './reply.js';

/** The variables that `push` and `pull` move. */
export interface Variables {
  has(name: string): boolean;
  get(name: string): unknown;
  /** Adds or replaces variables. */
  assign(values: Readonly<Record<string, unknown>>): void;
}

/**
 * Answers an `apply_request`: variables in, or variables out.
 *
 * @throws an error with the name that clients match, for what cannot be applied here.
 */
export function apply(
  { metadata, buffers }: Message,
  namespace: { variables: Variables; declarations: EngineDeclarations },
): Answer {
  const { pxlab } = metadata;
  if (!isVariablesMetadata(pxlab)) return applyPython(buffers, namespace);
  if (pxlab.method === 'pull') return pull(pxlab, namespace);
  checkDigest(pxlab.buffersDigest, digestOf(buffers));
  return push(pxlab, buffers, namespace);
}

/** An error with the name that clients match. */
class ApplyError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

function push(
  { names, types }: VariablesMetadata,
  buffers: readonly Uint8Array[],
  { variables, declarations }: { variables: Variables; declarations: EngineDeclarations },
): Answer {
  const values = splitBuffers(buffers);
  if (values.length !== names.length) {
    throw new ParallelError(
      'MALFORMED_MESSAGE',
      `A push of ${names.length} variables came with ${values.length} values.`,
    );
  }
  const entries = names.map((name, index) => [name, decodeValue(values[index] ?? [])] as const);
  variables.assign(Object.fromEntries(entries));
  declarations.addVariables(names, types);
  return { content: { status: 'ok' } };
}

function pull({ names }: VariablesMetadata, { variables }: { variables: Variables }): Answer {
  const values = valuesOf(names, variables).map((value, index) =>
    encodeValue(value, `\`${names[index] ?? ''}\``),
  );
  return { content: { status: 'ok' }, buffers: joinBuffers(values) };
}

function valuesOf(names: readonly string[], variables: Variables): unknown[] {
  const missing = names.filter((name) => !variables.has(name));
  if (missing.length > 0) {
    const which = missing.map((name) => `\`${name}\``).join(', ');
    throw new ApplyError('NoSuchVariable', `There is no variable ${which} on this engine.`);
  }
  return names.map((name) => variables.get(name));
}

/** What Python's client calls for `push` and `pull`. */
const [pythonPush, pythonPull] = ['ipyparallel.util._push', 'ipyparallel.util._pull'];

/** Anything else in an `apply_request` is a pickled Python function, and two of those are known. */
function applyPython(
  buffers: readonly Uint8Array[],
  { variables, declarations }: { variables: Variables; declarations: EngineDeclarations },
): Answer {
  const call = readPythonCall(buffers, (name) => name === pythonPush || name === pythonPull);
  if (call === undefined) {
    throw new ApplyError(
      'PythonFunction',
      'This engine runs TypeScript and cannot call a Python function: send source with execute, ' +
        'or choose Python engines as the targets.',
    );
  }
  if (call.callable === pythonPush) {
    variables.assign(call.keywords);
    declarations.addVariables(Object.keys(call.keywords), undefined);
    return { content: { status: 'ok' }, buffers: toPython(null, '') };
  }
  const [wanted] = call.args;
  const names = (Array.isArray(wanted) ? wanted : [wanted]).map(String);
  const values = valuesOf(names, variables);
  const value = Array.isArray(wanted) ? values : values[0];
  return { content: { status: 'ok' }, buffers: toPython(value, names.join(', ')) };
}

function isVariablesMetadata(value: unknown): value is VariablesMetadata {
  if (typeof value !== 'object' || value === null) return false;
  if (!('method' in value) || !('names' in value)) return false;
  const isMethod = value.method === 'push' || value.method === 'pull';
  const { names } = value;
  return isMethod && Array.isArray(names) && names.every((name) => typeof name === 'string');
}
