import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Folders of pxlab for what a user keeps, `data`, and for what can be made anew, `cache`; undefined for a user who has
 * no home, as in some containers.
 *
 * Source: https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function userFolder(kind: 'data' | 'cache', env: NodeJS.ProcessEnv): string | undefined {
  const given = env[kind === 'data' ? 'XDG_DATA_HOME' : 'XDG_CACHE_HOME'] ?? '';
  const parent = isAbsolute(given) ? given : usualFolder(kind, env);
  return isAbsolute(parent) ? join(parent, 'pxlab') : undefined;
}

function usualFolder(kind: 'data' | 'cache', { LOCALAPPDATA: local }: NodeJS.ProcessEnv): string {
  const home = homeFolder();
  if (process.platform === 'win32') return local ?? join(home, 'AppData', 'Local');
  if (process.platform === 'darwin') {
    return join(home, 'Library', kind === 'data' ? 'Application Support' : 'Caches');
  }
  return kind === 'data' ? join(home, '.local', 'share') : join(home, '.cache');
}

function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}
