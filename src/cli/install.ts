import { access, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocatorSettings } from '../base/allocator-settings.js';
import { hasCode, messageOf, ParallelError } from '../base/errors.js';
import { version } from '../base/version.js';
import { findSnapshot, makeSnapshot, removeSnapshots } from '../compiler/snapshot-file.js';
import { formatKernelSpec } from '../wire/kernel-spec.js';
import { putFolder, takeFolder } from './installed-folder.js';
import {
  type JupyterFolders,
  jupyterFoldersOf,
  type JupyterPlace,
  ourFoldersIn,
} from './jupyter-folders.js';
import { kernelCommand, kernelMain } from './kernel-command.js';
import { kernelLogo } from './kernel-logo.js';
import { note, print, printJson } from './output.js';
import { addPythonPart, removePythonPart } from './python-part.js';

export interface InstallOptions extends JupyterPlace {
  readonly remove?: boolean;
  readonly json?: boolean;
}

const displayName = 'TypeScript (pxlab)';
const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const builtPanel = join(packageFolder, 'labextension');

/** Tells a Jupyter of the kernel and gives its JupyterLab the panel; `--remove` takes both away. */
export async function install(options: InstallOptions): Promise<void> {
  const folders = await jupyterFoldersOf(options);
  try {
    if (options.remove === true) await remove(folders, options);
    else await add(folders, options);
  } catch (error) {
    throw cannotChange(folders.dataFolder, error);
  }
}

async function add(
  { dataFolder, environment }: JupyterFolders,
  options: InstallOptions,
): Promise<void> {
  const { kernel, panel } = ourFoldersIn(dataFolder);
  const hasPanel = await isThere(join(builtPanel, 'package.json'));
  await putFolder(kernel, writeKernel);
  if (hasPanel) await putFolder(panel, writePanel);
  const python = environment === undefined ? undefined : await addPythonPart(environment);
  const snapshot = await preparedCompiler();
  if (options.json === true) {
    const parts = { kernel, panel: hasPanel ? panel : null, python: python ?? null };
    printJson({ version, dataFolder, ...parts, snapshot: snapshot ?? null });
    return;
  }
  print(`Installed the kernel "${displayName}": ${kernel}`);
  print(
    hasPanel
      ? `Installed the panel: ${panel}`
      : `The panel is not built: run \`npm run build\` in ${packageFolder}, then install again.`,
  );
  tellMore({ python, snapshot });
  print(`Start with: ${await startCommand(options)}`);
}

function tellMore({
  python,
  snapshot,
}: Partial<Record<'python' | 'snapshot', string | undefined>>): void {
  if (python !== undefined) print(`Installed what nbconvert and papermill ask for: ${python}`);
  if (snapshot !== undefined) print(`Kernels start with the compiler in ${snapshot}`);
  if (kernelMain.includes('/_npx/')) {
    print('They use a copy in the cache of npx, which may be cleared: prefer `npm i -g pxlab`.');
  }
}

/** So that the first kernel starts as fast as the next. Where it cannot be made, why is said, and all works without. */
async function preparedCompiler(): Promise<string | undefined> {
  try {
    return findSnapshot() ?? (await makeSnapshot());
  } catch (error) {
    note(messageOf(error));
    return undefined;
  }
}

async function writeKernel(folder: string): Promise<void> {
  const spec = formatKernelSpec({
    ...{ argv: kernelCommand, displayName, language: 'typescript' },
    env: allocatorSettings,
  });
  await writeFile(join(folder, 'kernel.json'), spec);
  await writeFile(join(folder, 'logo-svg.svg'), kernelLogo);
}

async function writePanel(folder: string): Promise<void> {
  await cp(builtPanel, folder, { recursive: true });
}

async function startCommand({ prefix }: InstallOptions): Promise<string> {
  if (prefix === undefined) return 'jupyter lab';
  const own = join(prefix, 'bin', 'jupyter');
  if (await isThere(own)) return `${own} lab`;
  return `JUPYTER_PATH=${join(prefix, 'share', 'jupyter')} jupyter lab`;
}

async function remove(
  { dataFolder, environment }: JupyterFolders,
  { json }: InstallOptions,
): Promise<void> {
  const { kernel, panel } = ourFoldersIn(dataFolder);
  // The panel first: what was made for both was made for the kernel.
  const removed = environment === undefined ? [] : await removePythonPart(environment);
  for (const folder of [panel, kernel]) if (await takeFolder(folder)) removed.push(folder);
  await removeSnapshots().catch((error: unknown) => note(`Left in the cache: ${messageOf(error)}`));
  if (json === true) printJson({ removed });
  else if (removed.length === 0) print(`Nothing of pxlab is installed in ${dataFolder}.`);
  else print(`Removed ${removed.reverse().join(' and ')}.`);
}

function cannotChange(folder: string, error: unknown): ParallelError {
  return new ParallelError(
    'START_FAILED',
    `Could not change ${folder}: ${reasonOf(error)}. Name a folder that is yours with \`--prefix\`.`,
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  if (hasCode(error, 'ENOTDIR') || hasCode(error, 'EEXIST')) return 'a part of the path is a file';
  if (hasCode(error, 'EACCES') || hasCode(error, 'EPERM')) return 'this user may not write there';
  if (hasCode(error, 'EROFS')) return 'the file system is read-only';
  if (hasCode(error, 'ENOSPC')) return 'no space is left';
  return messageOf(error);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
