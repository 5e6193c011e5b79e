import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { endRunning, root, runMain, ScriptError } from './run.js';
import { LabServer } from './lab-server.js';
import { findJupyter } from './jupyter.js';
import { notebookFolder, provideNotebooks } from './notebooks.js';
import {
  build,
  findPython,
  hasPython,
  installKernel,
  installPackages,
  installPython,
  pythonPath,
  step,
  workFolder,
} from './setup.js';

const usage = `npm start -- [options]      JupyterLab with the TypeScript kernel and the panel

  --no-browser              only print the address
  --port N                  the port to serve at (default: 8888, or the next free one)
  --jupyter PATH            use the JupyterLab that is at PATH (a jupyter program, or the folder of its
                            Python environment) instead of installing one into this folder
  --ServerApp.x=y, …        everything else goes to JupyterLab: --ServerApp.base_url=/x/y

Environment: PXLAB_PYTHON=/path/to/python3 names the Python to make the environment with.
`;

// The terminal may go first: what is said then is said to no one.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

await runMain(async () => {
  const { jupyter, args, help } = parseArguments(process.argv.slice(2));
  if (help) {
    process.stdout.write(usage);
    return 0;
  }
  checkDashes();
  checkFolder();
  await checkPort(portIn(args));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => void giveUp(signal));
  // What can be missing is told before anything is installed.
  const named = jupyter === undefined ? undefined : await findJupyter(jupyter);
  if (named === undefined && !hasPython()) await findPython();
  await installPackages();
  await build();
  const lab = named === undefined ? await ownLab() : await foreignLab(named);
  provideNotebooks();
  return serve(lab, args);
});

function parseArguments(given) {
  const args = [];
  let jupyter;
  let help = false;
  for (let index = 0; index < given.length; index++) {
    const arg = given[index];
    if (arg === '--help' || arg === '-h') help = true;
    else if (arg === '--jupyter') jupyter = given[++index] ?? '';
    else if (arg.startsWith('--jupyter=')) jupyter = arg.slice('--jupyter='.length);
    else args.push(arg);
  }
  return { jupyter, args, help };
}

/** The port that was asked for; JupyterLab itself looks for a free one when none was. */
function portIn(args) {
  const joined = args.join('\n');
  const text = /^--(?:port|ServerApp\.port)[=\n](.*)$/m.exec(joined)?.[1];
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65536) return port;
  throw new ScriptError(`Expected --port to be a number below 65536, got '${text}'.`);
}

/** npm keeps what stands before `--` for itself, and the port that was asked for would be another. */
function checkDashes() {
  const {
    npm_config_port: port,
    npm_config_jupyter: jupyter,
    npm_config_browser: browser,
  } = process.env;
  const isKept =
    port !== undefined || jupyter !== undefined || /^(true|false|)$/.test(browser ?? 'default');
  if (process.env.npm_lifecycle_event !== 'start' || !isKept) return;
  throw new ScriptError(
    'npm took options for its own: put `--` before them, as in `npm start -- --no-browser --port 8889`.',
  );
}

/** @returns {Promise<void>} */
function checkPort(port) {
  if (port === undefined || port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', ({ code }) =>
      reject(
        new ScriptError(
          code === 'EACCES'
            ? `This user may not listen at port ${port}: name one above 1023 with --port.`
            : `Port ${port} is in use: name another with --port, or leave it out and a free one is taken.`,
        ),
      ),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

function checkFolder() {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new ScriptError(
      `This user may not write to ${root}, where packages and notebooks go: clone pxlab into a folder of yours.`,
    );
  }
}

/** Told to end during set-up: what was begun is begun anew by the next start. */
async function giveUp(signal) {
  await endRunning();
  process.stdout.write('\nStopped before everything was there; `npm start` goes on from here.\n');
  process.exit(128 + osConstants.signals[signal]);
}

/** The private environment, with kernel and panel in it. */
async function ownLab() {
  await installPython();
  await installKernel();
  return { python: pythonPath, env: {} };
}

/** A Jupyter that is not ours stays as it is: it finds kernel and panel by its search path. */
async function foreignLab(python) {
  const prefix = join(workFolder, 'jupyter');
  await installKernel(prefix);
  const { JUPYTER_PATH: known } = process.env;
  const path = join(prefix, 'share', 'jupyter');
  return { python, env: { JUPYTER_PATH: known ? `${path}:${known}` : path } };
}

/** Serves until JupyterLab is shut down, or this program is told to end. */
async function serve({ python, env }, args) {
  const server = new LabServer({ python, env, args: [...defaultsFor(args), ...args] });
  const stop = () => server.stop();
  onEnd(stop);
  const url = await step('Starting JupyterLab', () => server.ready);
  if (url !== undefined) {
    process.stdout.write(`\n  ${url}\n\n`);
    process.stdout.write('Ctrl-C stops JupyterLab, its kernels and their clusters.\n');
  }
  return server.ended;
}

/** What JupyterLab is told unless the user has told it otherwise. */
function defaultsFor(args) {
  const isGiven = (name) => args.some((arg) => new RegExp(`^--(\\w+\\.)?${name}(=|$)`).test(arg));
  return [
    ...(isGiven('(root_dir|notebook-dir|notebook_dir)')
      ? []
      : [`--ServerApp.root_dir=${notebookFolder}`]),
    ...(process.getuid?.() !== 0 || isGiven('allow[-_]root') ? [] : ['--allow-root']),
    ...(isGiven('default_kernel_name') ? [] : ['--MappingKernelManager.default_kernel_name=pxlab']),
    // A port that was asked for is that one or none.
    ...(portIn(args) === undefined ? [] : ['--ServerApp.port_retries=0']),
  ];
}

/** Runs `stop` when this program is told to end, or its terminal or npm has gone. */
function onEnd(stop) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal);
    process.on(signal, stop);
  }
  if (process.env.npm_lifecycle_event === undefined) return;
  // npm passes signals on, but cannot when it is killed.
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(timer);
      stop();
    }
  }, 250);
  timer.unref();
}
