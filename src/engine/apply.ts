import { ParallelError } from '../base/errors.js';
import { decodeValue, encodeValue, joinBuffers, splitBuffers } from '../serialize/values.js';
import type { VariablesMetadata } from '../wire/contents.js';
import type { JsonObject, Message } from '../wire/message.js';
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
  const asked = variablesMetadata(metadata);
  return asked.method === 'push' ? push(asked, buffers, namespace) : pull(asked, namespace);
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
  const missing = names.filter((name) => !variables.has(name));
  if (missing.length > 0) {
    const which = missing.map((name) => `\`${name}\``).join(', ');
    throw new ApplyError('NoSuchVariable', `There is no variable ${which} on this engine.`);
  }
  const values = names.map((name) => encodeValue(variables.get(name), `\`${name}\``));
  return { content: { status: 'ok' }, buffers: joinBuffers(values) };
}

/** Anything else in an `apply_request` is a pickled Python function. */
function variablesMetadata({ pxlab }: JsonObject): VariablesMetadata {
  if (!isVariablesMetadata(pxlab)) {
    throw new ApplyError(
      'PythonFunction',
      'This engine runs TypeScript and cannot call a Python function: send source with execute, ' +
        'or choose Python engines as the targets.',
    );
  }
  return pxlab;
}

function isVariablesMetadata(value: unknown): value is VariablesMetadata {
  if (typeof value !== 'object' || value === null) return false;
  if (!('method' in value) || !('names' in value)) return false;
  const isMethod = value.method === 'push' || value.method === 'pull';
  const { names } = value;
  return isMethod && Array.isArray(names) && names.every((name) => typeof name === 'string');
}
