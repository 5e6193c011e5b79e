/**
 * What can go wrong, by name: tests match the code, people read the message.
 * A message says what was wrong and what to do about it.
 */
export type ErrorCode =
  | 'ABORTED'
  | 'ADDRESS_IN_USE'
  | 'ALREADY_STARTED'
  | 'BAD_ARGUMENT'
  | 'BLOCKED'
  | 'CANNOT_SEND'
  | 'CLUSTER_NOT_FOUND'
  | 'CLUSTER_NOT_RUNNING'
  | 'COMPILE'
  | 'COMPOSITE'
  | 'CONNECTION_FILE'
  | 'CONNECTION_REFUSED'
  | 'DECLARATIONS_DIFFER'
  | 'ENGINE_LOST'
  | 'MALFORMED_MESSAGE'
  | 'MESSAGE_REPLAYED'
  | 'NAME_IN_NOTEBOOK'
  | 'NOT_CONNECTED'
  | 'NO_ENGINES'
  | 'NO_INPUT'
  | 'NO_SUCH_ENGINE'
  | 'NO_SUCH_VARIABLE'
  | 'PYTHON_MISSING'
  | 'REMOTE'
  | 'REQUEST_LOST'
  | 'SEVERAL_CLUSTERS'
  | 'SIGNATURE_INVALID'
  | 'START_FAILED'
  | 'TIMEOUT'
  | 'UNKNOWN_FLAG'
  | 'UNKNOWN_MAGIC';

/** Base of every error this package throws on purpose. */
export class ParallelError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The text of anything that was thrown: a message for errors, a rendering for the rest. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** True when `thrown` is a system error with the given `code`, such as `ENOENT`. */
export function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}

/** The default of a switch over a closed union: does not compile when a case is missing. */
export function assertNever(value: never): never {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`);
}
