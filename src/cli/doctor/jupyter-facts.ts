import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseKernelCommand } from '../../wire/kernel-spec.js';
import { ourFoldersIn, userDataFolder } from '../jupyter-folders.js';
import type { InstalledKernel, Program } from './findings.js';
import { outputOf } from './run-program.js';

/** What there is of Jupyter, and what of ours it finds. */
export interface JupyterFacts {
  readonly python: Program | undefined;
  readonly jupyter: Program | undefined;
  /** Folders in which Jupyter looks for kernels and panels, the first one first. */
  readonly dataFolders: readonly string[];
  readonly kernel: InstalledKernel | undefined;
  /** The command of the installed kernel. */
  readonly kernelCommand: readonly string[] | undefined;
  readonly panel: { readonly folder: string; readonly version: string } | undefined;
}

/** The environment that `npm start` makes in a source tree. */
const ownEnvironment = fileURLToPath(new URL('../../../.pxlab/python', import.meta.url));

export async function lookAtJupyter(prefix: string | undefined): Promise<JupyterFacts> {
  const bin = await programsOf(prefix);
  const own = prefix === undefined ? [] : [join(resolve(prefix), 'share', 'jupyter')];
  const [python, jupyter, known] = await Promise.all([
    findPython([join(bin, 'python3'), join(bin, 'python')]),
    findJupyter(join(bin, 'jupyter')),
    dataFoldersOf(join(bin, 'jupyter')),
  ]);
  const dataFolders = [...new Set([...own, ...known])];
  const kernelFile = await firstThere(
    dataFolders.map((folder) => join(ourFoldersIn(folder).kernel, 'kernel.json')),
  );
  const panelFile = await firstThere(
    dataFolders.map((folder) => join(ourFoldersIn(folder).panel, 'package.json')),
  );
  const command =
    kernelFile === undefined ? undefined : parseKernelCommand(await readFile(kernelFile, 'utf8'));
  return {
    python,
    jupyter,
    dataFolders,
    kernel: kernelFile === undefined ? undefined : await lookAtKernel(kernelFile, command ?? []),
    kernelCommand: command,
    panel:
      panelFile === undefined
        ? undefined
        : { folder: dirname(panelFile), version: (await versionIn(panelFile)) ?? 'unknown' },
  };
}

/**
 * The folder of Jupyter's programs; empty for those on the path. Which environment: the one that is named,
 * else the active one, else that of `npm start`, else what is on the path.
 */
async function programsOf(prefix: string | undefined): Promise<string> {
  const { VIRTUAL_ENV: environment = '', CONDA_PREFIX: conda = '' } = process.env;
  const isActive = environment !== '' || conda !== ''; // its programs come first on the path
  const environmentFolder = prefix ?? (isActive ? undefined : ownEnvironment);
  if (environmentFolder === undefined) return '';
  const folder = join(environmentFolder, 'bin');
  return (await isThere(join(folder, 'jupyter'))) ? resolve(folder) : '';
}

async function findPython(names: readonly string[]): Promise<Program | undefined> {
  const program = 'import sys; print(sys.executable, sys.version.split()[0])';
  for (const name of names) {
    const output = await outputOf(name, ['-c', program]);
    const [, path, version] = /^(.+) (\d+\.\d+\.\S+)$/m.exec(output ?? '') ?? [];
    if (path !== undefined && version !== undefined) return { path, version };
  }
  return undefined;
}

async function findJupyter(command: string): Promise<Program | undefined> {
  const output = await outputOf(command, ['--version']);
  if (output === undefined) return undefined;
  const version = /^jupyterlab\s*:\s*(\d\S*)/m.exec(output)?.[1] ?? '';
  return { path: command, version };
}

async function dataFoldersOf(command: string): Promise<string[]> {
  const output = (await outputOf(command, ['--paths', '--json'])) ?? '';
  try {
    const paths = JSON.parse(output.slice(output.indexOf('{'))) as { data?: unknown };
    if (Array.isArray(paths.data)) return paths.data.map(String);
  } catch {
    // no Jupyter, or one that says something else
  }
  return [userDataFolder(process.env)];
}

async function lookAtKernel(file: string, command: readonly string[]): Promise<InstalledKernel> {
  const [node = ''] = command;
  const main = command.find((part) => part.endsWith('main.js')) ?? '';
  const hasMain = await isThere(main);
  return {
    folder: dirname(file),
    node,
    nodeVersion: (await outputOf(node, ['--version']))?.trim().replace(/^v/, ''),
    main,
    version: hasMain ? await versionIn(join(dirname(main), '..', '..', 'package.json')) : undefined,
  };
}

async function versionIn(packageFile: string): Promise<string | undefined> {
  try {
    const found = JSON.parse(await readFile(packageFile, 'utf8')) as { version?: unknown } | null;
    return typeof found?.version === 'string' ? found.version : undefined;
  } catch {
    return undefined;
  }
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isThere(path)) return path;
  return undefined;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
