import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, ParallelError } from '../base/errors.js';
import { Child } from '../process/child.js';
import { formatKernelSpec, madeFolderIn } from '../wire/kernel-spec.js';
import { print, printJson } from './output.js';

export interface InstallOptions {
  readonly user?: boolean;
  readonly sysPrefix?: boolean;
  readonly prefix?: string;
  readonly remove?: boolean;
  readonly json?: boolean;
}

const kernelMain = fileURLToPath(new URL('../kernel/main.js', import.meta.url));
const displayName = 'TypeScript (pxlab)';

/** Writes, or with `--remove` takes away, the kernel spec. */
export async function install(options: InstallOptions): Promise<void> {
  const folder = join(await dataFolderOf(options), 'kernels', 'pxlab');
  try {
    if (options.remove === true) await remove(folder);
    else await write(folder);
  } catch (error) {
    throw new ParallelError(
      'START_FAILED',
      `Could not change ${folder}: ${messageOf(error)}. Name a folder that is yours with \`--prefix\`.`,
      { cause: error },
    );
  }
  if (options.json === true) printJson({ folder });
  else
    print(
      `${options.remove === true ? 'Removed' : 'Installed'} the kernel "${displayName}": ${folder}`,
    );
}

async function write(folder: string): Promise<void> {
  const file = join(folder, 'kernel.json');
  const earlier = madeFolderIn(await readFile(file, 'utf8').catch(() => ''));
  const madeFolder = (await mkdir(folder, { recursive: true })) ?? earlier;
  // Stop ends user code by an exception from outside, which Node's own checks take for a bug.
  const argv = [process.execPath, '--no-force-async-hooks-checks', kernelMain, '{connection_file}'];
  await writeFile(
    file,
    formatKernelSpec({ argv, displayName, language: 'typescript', madeFolder }),
  );
}

/** Takes away the spec, and the folders above it that were made for it and hold nothing else. */
async function remove(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'kernel.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  await rm(folder, { recursive: true });
  const made = madeFolderIn(text);
  if (made === undefined) return;
  for (let above = dirname(folder); isInside(above, made); above = dirname(above)) {
    if ((await readdir(above)).length > 0) return;
    await rmdir(above);
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Jupyter's data folder. Source: https://docs.jupyter.org/en/latest/use/jupyter-directories.html */
async function dataFolderOf({
  user = false,
  sysPrefix = false,
  prefix,
}: InstallOptions): Promise<string> {
  const chosen = [user, sysPrefix, prefix !== undefined].filter(Boolean);
  if (chosen.length > 1) {
    throw new ParallelError('BAD_ARGUMENT', 'Give one of --user, --sys-prefix and --prefix.');
  }
  if (prefix !== undefined) return join(resolve(prefix), 'share', 'jupyter');
  return sysPrefix ? join(await activePrefix(), 'share', 'jupyter') : userFolder();
}

function userFolder(): string {
  const { JUPYTER_DATA_DIR: given, APPDATA: appData, XDG_DATA_HOME: xdg } = process.env;
  if (given !== undefined) return given;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') {
    return join(appData ?? join(homedir(), 'AppData', 'Roaming'), 'jupyter');
  }
  return join(xdg ?? join(homedir(), '.local', 'share'), 'jupyter');
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
