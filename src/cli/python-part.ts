import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../base/version.js';
import { putFolder, takeFolder } from './installed-folder.js';

/** What Jupyter's Python tools want to be told in Python: see `python/pxlab_jupyter`. */
const name = 'pxlab_jupyter';
const description = `${name}-${version}.dist-info`;
const source = fileURLToPath(new URL('../../python', import.meta.url));

/**
 * Gives the Python environment at `prefix` our part for nbconvert and papermill, as pip would. Not every
 * prefix is an environment with Jupyter.
 *
 * @returns its folder, if there is one.
 */
export async function addPythonPart(prefix: string): Promise<string | undefined> {
  const [packages] = await packagesWithJupyter(prefix);
  if (packages === undefined) return undefined;
  await takeDescriptions(packages);
  const modules = (await readdir(join(source, name))).filter((file) => file.endsWith('.py'));
  await putFolder(join(packages, name), async (folder) => {
    for (const file of modules) await cp(join(source, name, file), join(folder, file));
  });
  await putFolder(join(packages, description), (folder) => describe(folder, modules));
  return join(packages, name);
}

/** @returns the folders that were taken away. */
export async function removePythonPart(prefix: string): Promise<string[]> {
  const removed: string[] = [];
  for (const packages of await packageFolders(prefix)) {
    await takeDescriptions(packages);
    const folder = join(packages, name);
    if (await takeFolder(folder)) removed.push(folder);
  }
  return removed;
}

/** What pip and Python's own lookup go by. */
async function describe(folder: string, modules: readonly string[]): Promise<void> {
  const metadata = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
  await writeFile(join(folder, 'METADATA'), metadata);
  await writeFile(join(folder, 'INSTALLER'), 'pxcluster\n');
  await cp(join(source, 'entry_points.txt'), join(folder, 'entry_points.txt'));
  const own = ['METADATA', 'INSTALLER', 'entry_points.txt', 'installed.json', 'RECORD'];
  const files = [
    ...[...modules, 'installed.json'].map((file) => `${name}/${file}`),
    ...own.map((file) => `${description}/${file}`),
  ];
  await writeFile(join(folder, 'RECORD'), files.map((file) => `${file},,\n`).join(''));
}

/** Of every version: an older one would announce the same twice. */
async function takeDescriptions(packages: string): Promise<void> {
  for (const entry of await namesIn(packages)) {
    if (entry.startsWith(`${name}-`) && entry.endsWith('.dist-info')) {
      await takeFolder(join(packages, entry));
    }
  }
}

async function packagesWithJupyter(prefix: string): Promise<string[]> {
  const folders = await packageFolders(prefix);
  const hasJupyter = await Promise.all(
    folders.map(async (folder) => (await namesIn(folder)).some((entry) => tools.has(entry))),
  );
  return folders.filter((_, index) => hasJupyter[index]);
}

const tools: ReadonlySet<string> = new Set(['nbconvert', 'papermill']);

async function packageFolders(prefix: string): Promise<string[]> {
  const versions = (await namesIn(join(prefix, 'lib'))).filter((entry) =>
    /^python3\.\d+$/.test(entry),
  );
  return versions.map((entry) => join(prefix, 'lib', entry, 'site-packages'));
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
