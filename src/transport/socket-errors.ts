import { hasCode, messageOf, ParallelError } from '../base/errors.js';

/** Without any peer, libzmq says EAGAIN for what is EHOSTUNREACH once there is one. */
export function unreachable(cause: unknown): Error {
  return Object.assign(new Error('No peer is connected.', { cause }), { code: 'EHOSTUNREACH' });
}

export function bindError(address: string, error: unknown): ParallelError {
  if (hasCode(error, 'EADDRINUSE')) {
    return new ParallelError(
      'ADDRESS_IN_USE',
      `Cannot listen at ${address}: another process does. Choose another port, or stop that process.`,
      { cause: error },
    );
  }
  return new ParallelError('START_FAILED', `Cannot listen at ${address}: ${messageOf(error)}.`, {
    cause: error,
  });
}
