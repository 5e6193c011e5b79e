import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, root, run, ScriptError } from './run.js';

/** Everything that set-up makes outside node_modules and lib. */
export const workFolder = join(root, '.pxlab');
/** A Python environment of our own, with Jupyter's client and ipyparallel. */
export const pythonFolder = join(workFolder, 'python');
export const pythonPath = join(pythonFolder, 'bin', 'python');

/** Installs the packages of package-lock.json, unless they are there. */
export async function installPackages() {
  if (isDone('packages', 'package-lock.json') && existsSync(join(root, 'node_modules'))) return;
  process.stdout.write('Installing packages …\n');
  await must('npm ci', 'npm', ['ci', '--no-audit', '--no-fund']);
  markDone('packages', 'package-lock.json');
}

/** Compiles src into lib. */
export async function build() {
  await must('The build', process.execPath, [join(root, 'scripts', 'build.js')]);
}

/** Makes the Python environment, unless that is done. */
export async function installPython() {
  await makeEnvironment('python', 'scripts/requirements.txt');
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
  process.stdout.write('Making a Python environment …\n');
  const base = await findPython();
  rmSync(folder, { recursive: true, force: true });
  await must('Making a Python environment', base, ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await must('Installing Python packages', python, [...pip, '-r', requirements]);
  markDone(name, requirements);
  return python;
}

/** Installs the kernelspec into the Python environment. */
export async function installKernel() {
  const cli = join(root, 'lib', 'cli', 'main.js');
  await must('Installing the kernel', process.execPath, [cli, 'install', '--prefix', pythonFolder]);
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

function isDone(step, input) {
  const stamp = join(workFolder, `${step}.stamp`);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest(input);
}

function markDone(step, input) {
  mkdirSync(workFolder, { recursive: true });
  writeFileSync(join(workFolder, `${step}.stamp`), digest(input));
}

function digest(file) {
  return createHash('sha256')
    .update(readFileSync(join(root, file)))
    .digest('hex');
}
