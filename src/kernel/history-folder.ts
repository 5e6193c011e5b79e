import { join } from 'node:path';
import { userFolder } from '../base/user-folders.js';

/**
 * Where cells are kept from one kernel to the next; undefined when `PXLAB_HISTORY` asks for none. Whatever
 * it says but `on` asks for none: of a word misread, nothing is kept. Nor does a user without a home keep any.
 */
export function historyFolder(env: NodeJS.ProcessEnv): string | undefined {
  const { PXLAB_HISTORY: wanted = '' } = env;
  if (!['', 'on'].includes(wanted)) return undefined;
  const folder = userFolder('data', env);
  return folder === undefined ? undefined : join(folder, 'history');
}
