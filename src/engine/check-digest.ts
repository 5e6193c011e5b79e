import { ParallelError } from '../base/errors.js';

/**
 * Compares the digest of a request's buffers with what the signed metadata say of them.
 *
 * @throws {@link ParallelError} `SIGNATURE_INVALID` when they differ, or when nothing is said of them.
 */
export function checkDigest(signed: unknown, actual: string): void {
  if (signed === actual) return;
  const why =
    typeof signed === 'string'
      ? 'they were changed on their way'
      : 'its sender has not signed them, and may be an older pxlab';
  throw new ParallelError(
    'SIGNATURE_INVALID',
    'The engine refused the request before anything of it ran: its code and values are not what was ' +
      `signed, since ${why}.`,
  );
}
