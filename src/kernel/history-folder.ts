import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where cells are kept from one kernel to the next; undefined when `PXLAB_HISTORY` asks for none. Whatever
 * it says but `on` asks for none: of a word misread, nothing is kept.
 *
 * Source of the folder: https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function historyFolder(env: NodeJS.ProcessEnv): string | undefined {
  const { PXLAB_HISTORY: wanted = '' } = env;
  if (!['', 'on'].includes(wanted)) return undefined;
  return join(dataFolder(env), 'pxlab', 'history');
}

function dataFolder({ XDG_DATA_HOME: given = '', LOCALAPPDATA: local }: NodeJS.ProcessEnv): string {
  if (isAbsolute(given)) return given;
  const home = homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (process.platform === 'win32') return local ?? join(home, 'AppData', 'Local');
  return join(home, '.local', 'share');
}
