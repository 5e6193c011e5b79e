import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { run, ScriptError } from './run.js';

/**
 * The Python that runs the JupyterLab meant by `--jupyter PATH`.
 *
 * @param {string} path A `jupyter` or `jupyter-lab` program, a Python, or the folder of an environment.
 * @returns {Promise<string>}
 */
export async function findJupyter(path) {
  const python = pythonOf(resolve(path));
  if (path === '' || python === undefined) {
    throw new ScriptError(
      `There is no Jupyter at '${path}': give --jupyter the path of a jupyter program, or the folder of ` +
        'its Python environment.',
    );
  }
  const program = ['-c', 'import jupyterlab; print(jupyterlab.__version__)'];
  const { code, output } = await run(python, program, { capture: true }).catch(() => ({
    code: 1,
    output: '',
  }));
  const version = code === 0 ? output.trim().split('\n').at(-1) : 'none';
  if (/^[4-9]\./.test(version)) return python;
  throw new ScriptError(
    `JupyterLab 4 is needed, and ${python} has ${version}: run \`${python} -m pip install jupyterlab\`, ` +
      'or leave --jupyter out and one is installed into this folder.',
  );
}

function pythonOf(path) {
  if (!existsSync(path)) return undefined;
  if (statSync(path).isDirectory()) return pythonIn(join(path, 'bin')) ?? pythonIn(path);
  if (basename(path).startsWith('python')) return path;
  return interpreterOf(path) ?? pythonIn(dirname(path));
}

function pythonIn(folder) {
  return ['python', 'python3'].map((name) => join(folder, name)).find((path) => existsSync(path));
}

/** What a script starts with; pip writes a long path as `#!/bin/sh` and `'''exec' PATH` in the next line. */
function interpreterOf(script) {
  const text = readFileSync(script, 'latin1').slice(0, 2000);
  const path =
    /^#!\s*(\S*python\S*)/.exec(text)?.[1] ?? /^'''exec' "?([^"\n]*python[\w.]*)/m.exec(text)?.[1];
  return path !== undefined && existsSync(path) ? path : undefined;
}
