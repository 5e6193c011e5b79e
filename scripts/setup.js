import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, root, run, ScriptError } from './run.js';

/** Everything that set-up makes outside node_modules and lib. */
export const workFolder = join(root, '.pxlab');
/** A Python environment of our own, with Jupyter's client and ipyparallel. */
export const pythonFolder = join(workFolder, 'python');
export const pythonPath = join(pythonFolder, 'bin', 'python');

/** In the words of npm and of pip. */
const signsOfNoNetwork =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|Temporary failure in name resolution/;

/** Installs the packages of package-lock.json, unless they are there. */
export async function installPackages() {
  if (isDone('packages', 'package-lock.json') && existsSync(join(root, 'node_modules'))) return;
  await once('packages', 'package-lock.json', 'Installing packages', async () => {
    const install = ['ci', '--no-audit', '--no-fund'];
    // Asked first: without a network npm ci tries for minutes.
    const ping = ['ping', '--fetch-retries=1', '--fetch-retry-mintimeout=500'];
    const { code, output } = await run('npm', ping, { capture: true });
    const isOffline = code !== 0 && signsOfNoNetwork.test(output);
    if (!isOffline) return fetching('Installing packages', 'npm', install);
    const cached = await run('npm', [...install, '--offline'], { capture: true });
    if (cached.code !== 0) throw new ScriptError(explainFetch('Installing packages', output));
  });
}

/** Compiles src into lib, and bundles the panel. */
export function build() {
  return step('Building', () =>
    must('The build', process.execPath, [join(root, 'scripts', 'build.js')]),
  );
}

/** True when {@link installPython} has nothing to install. */
export function hasPython() {
  return isDone('python', 'scripts/requirements.txt') && existsSync(pythonPath);
}

/** Makes the Python environment with JupyterLab, unless that is done. */
export async function installPython() {
  await makeEnvironment('python', 'scripts/requirements.txt');
  configureJupyterLab();
}

/**
 * A Python environment in the work folder with the packages that the file `requirements` lists; made
 * unless it is there.
 *
 * @returns {Promise<string>} its Python
 */
export async function makeEnvironment(name, requirements) {
  keepOutOfOurPackage();
  const folder = join(workFolder, name);
  const python = join(folder, 'bin', 'python');
  if (isDone(name, requirements) && existsSync(python)) return python;
  const base = await findPython();
  await once(name, requirements, 'Installing Python packages', async () => {
    rmSync(folder, { recursive: true, force: true });
    await must('Making a Python environment', base, ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--retries=3', '--disable-pip-version-check'];
    await fetching('Installing Python packages', python, [...pip, '-r', requirements]);
  });
  return python;
}

/** Installs kernel and panel into the Python environment, or another prefix. */
export async function installKernel(prefix = pythonFolder) {
  const cli = join(root, 'lib', 'cli', 'main.js');
  await must('Installing kernel and panel', process.execPath, [cli, 'install', '--prefix', prefix]);
}

/**
 * A Python of 3.10 or newer with venv: `$PXLAB_PYTHON`, or the first on the path.
 *
 * @returns {Promise<string>}
 */
export async function findPython() {
  const candidates = [process.env.PXLAB_PYTHON, 'python3', 'python'].filter(Boolean);
  const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  for (const python of candidates) {
    const { code } = await run(python, ['-c', check], { capture: true }).catch(() => ({ code: 1 }));
    if (code === 0) return python;
  }
  throw new ScriptError(
    'Python 3.10 or newer with its venv module is needed, and none was found. ' +
      'Install it (Debian: apt install python3 python3-venv), or name one with PXLAB_PYTHON=/path/to/python3.',
  );
}

/** The yarn that JupyterLab brings is CommonJS without saying so, and our package.json says `module`. */
function keepOutOfOurPackage() {
  mkdirSync(workFolder, { recursive: true });
  writeFileSync(join(workFolder, 'package.json'), '{ "type": "commonjs" }\n');
}

/** Our panel is the one for clusters, and nobody is asked about news at the first start. */
function configureJupyterLab() {
  const disabledExtensions = {
    'ipyparallel-labextension': true,
    '@jupyterlab/apputils-extension:announcements': true,
  };
  const folder = join(pythonFolder, 'etc', 'jupyter', 'labconfig');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'page_config.json'), JSON.stringify({ disabledExtensions }));
}

/** Tells what is done, and then how long it took. */
export async function step(what, action) {
  const beganMs = performance.now();
  process.stdout.write(`${what} … `);
  try {
    const result = await action();
    process.stdout.write(`${((performance.now() - beganMs) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write('\n');
    throw error;
  }
}

/** A step that need not be done again until the file `input` changes; a broken off one is. */
async function once(name, input, what, action) {
  rmSync(stampOf(name), { force: true });
  await step(what, action);
  mkdirSync(workFolder, { recursive: true });
  writeFileSync(stampOf(name), digest(input));
}

function isDone(name, input) {
  const stamp = stampOf(name);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest(input);
}

function stampOf(name) {
  return join(workFolder, `${name}.stamp`);
}

/** Runs an installer. */
async function fetching(what, command, args) {
  const { code, output } = await run(command, args, { capture: true });
  if (code !== 0) throw new ScriptError(explainFetch(what, output));
}

/** Why packages were not installed: without a network the pages of npm and pip come down to a sentence. */
export function explainFetch(what, output) {
  if (!signsOfNoNetwork.test(output)) return `${what} failed:\n${output.trim()}`;
  const [, ofPip, ofNpm] = /host='([\w.-]+)'|https?:\/\/([\w.-]+)/.exec(output) ?? [];
  const where = ofPip ?? ofNpm ?? 'the package registry';
  return `${what} failed, since ${where} cannot be reached: check the network or the proxy, then run the same again.`;
}

function digest(file) {
  return createHash('sha256')
    .update(readFileSync(join(root, file)))
    .digest('hex');
}
