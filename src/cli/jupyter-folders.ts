import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ParallelError } from '../base/errors.js';
import { Child } from '../process/child.js';

/** Which Jupyter: this user's, the active Python environment's, or that of a prefix. */
export interface JupyterPlace {
  readonly user?: boolean;
  readonly sysPrefix?: boolean;
  readonly prefix?: string;
}

/** Where things of Jupyter lie. */
export interface JupyterFolders {
  /** Source: https://docs.jupyter.org/en/latest/use/jupyter-directories.html */
  readonly dataFolder: string;
  /** The Python environment, where one is named. */
  readonly environment: string | undefined;
}

export async function jupyterFoldersOf(place: JupyterPlace): Promise<JupyterFolders> {
  const { user = false, sysPrefix = false, prefix } = place;
  const chosen = [user, sysPrefix, prefix !== undefined].filter(Boolean);
  if (chosen.length > 1) {
    throw new ParallelError('BAD_ARGUMENT', 'Give one of --user, --sys-prefix and --prefix.');
  }
  if (prefix !== undefined) return foldersIn(resolve(prefix));
  if (sysPrefix) return foldersIn(await activePrefix());
  return { dataFolder: userDataFolder(process.env), environment: undefined };
}

/** Where the panel lies in a data folder, and where the kernel. */
export function ourFoldersIn(dataFolder: string): { kernel: string; panel: string } {
  return {
    kernel: join(dataFolder, 'kernels', 'pxlab'),
    panel: join(dataFolder, 'labextensions', 'pxlab'),
  };
}

export function userDataFolder(env: NodeJS.ProcessEnv): string {
  const { JUPYTER_DATA_DIR: given = '', APPDATA: appData, XDG_DATA_HOME: xdg = '' } = env;
  if (given !== '') return given;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') {
    return join(appData ?? join(homedir(), 'AppData', 'Roaming'), 'jupyter');
  }
  return join(xdg === '' ? join(homedir(), '.local', 'share') : xdg, 'jupyter');
}

function foldersIn(environment: string): JupyterFolders {
  return { dataFolder: join(environment, 'share', 'jupyter'), environment };
}

/** `sys.prefix` of the Python that a Jupyter of this terminal would run in. */
async function activePrefix(): Promise<string> {
  const { VIRTUAL_ENV: environment = '', CONDA_PREFIX: conda = '' } = process.env;
  const known = environment || conda;
  if (known !== '') return known;
  try {
    const python = await Child.spawn({
      command: 'python3',
      args: ['-c', 'import sys; print(sys.prefix)'],
      output: 'capture',
    });
    const { code } = await python.exited;
    if (code === 0) return (await python.captured).trim();
  } catch {
    // no Python at all: the same remedy
  }
  throw new ParallelError(
    'PYTHON_MISSING',
    'No Python environment is active: activate one, or name it with `--prefix DIR`.',
  );
}
