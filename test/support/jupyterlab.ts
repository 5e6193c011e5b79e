import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../lib/base/clock.js';
import { Child } from '../../lib/process/child.js';
import { leftoversSince, markedProcesses, takeSnapshot } from './leftovers.js';
import { pythonPath } from './python.js';

const cli = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** A JupyterLab with our kernel and panel, all of whose files are in one temporary folder. */
export interface JupyterLab {
  /** With a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  /** Where its notebooks are. */
  readonly notebooks: string;
  /** Environment of the server, and so of kernels and engines. */
  readonly env: Readonly<Record<string, string>>;
  /** What is in the environment of every process that it started, as `NAME=value`. */
  readonly mark: string;
  /** Ends the server with its kernels. @returns what is left of them, in words */
  close(): Promise<string[]>;
}

export interface JupyterLabOptions {
  /** Path of the server, as behind a proxy. @defaultValue '/' */
  readonly baseUrl?: string;
}

/** Installs kernel and panel, and starts a server at a free port of this machine. */
export async function startJupyterLab({
  baseUrl = '/',
}: JupyterLabOptions = {}): Promise<JupyterLab> {
  const folder = await mkdtemp('/tmp/pxj-');
  const folders = { home: 'home', temporary: 't', notebooks: 'notebooks', prefix: 'prefix' };
  const [home, temporary, notebooks, prefix] = Object.values(folders).map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  await Promise.all([home, temporary, notebooks].map((path) => mkdir(path)));
  const token = randomBytes(12).toString('hex');
  const env = { ...environment({ folder, home, temporary, prefix }), JUPYTER_TOKEN: token };
  const mark = `PXLAB_TEST=${env.PXLAB_TEST}`;
  const before = await takeSnapshot({ mark, folders: [temporary] });
  await installInto(prefix, env);
  await settle(env.JUPYTER_CONFIG_DIR);
  const server = await startServer({ baseUrl, notebooks, env, log: join(folder, 'server.log') });
  const close = async (): Promise<string[]> => {
    await server.child.end({ graceMs: 15_000 });
    const left = (await leftoversSince(before)).filter((thing) => !isOfOthers(thing));
    for (const { pid } of await markedProcesses(mark)) endOne(pid);
    await rm(folder, { recursive: true, force: true });
    return left;
  };
  return { url: server.url, token, folder, notebooks, env, mark, close };
}

function environment(folders: {
  folder: string;
  home: string;
  temporary: string;
  prefix: string;
}): Record<'PXLAB_TEST' | 'JUPYTER_CONFIG_DIR', string> & Record<string, string> {
  const { folder, home, temporary, prefix } = folders;
  return {
    HOME: home,
    TMPDIR: temporary,
    XDG_RUNTIME_DIR: temporary,
    JUPYTER_CONFIG_DIR: join(folder, 'config'),
    JUPYTER_DATA_DIR: join(folder, 'data'),
    JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
    JUPYTER_PATH: join(prefix, 'share', 'jupyter'),
    IPP_PROFILE_DIR: join(home, '.ipython', 'profile_default'),
    PXLAB_TEST: randomBytes(6).toString('hex'),
  };
}

/** Pages without JupyterLab's own questions. */
async function settle(configFolder: string): Promise<void> {
  const folder = join(configFolder, 'labconfig');
  await mkdir(folder, { recursive: true });
  const overrides = {
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
  };
  await writeFile(join(folder, 'default_setting_overrides.json'), JSON.stringify(overrides));
}

async function installInto(prefix: string, env: Readonly<Record<string, string>>): Promise<void> {
  await runPxcluster(env, 'install', '--prefix', prefix);
}

/** Runs `pxcluster ARGS` as the server's user would, to its end. */
export async function runPxcluster(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<void> {
  const child = await Child.spawn({
    command: process.execPath,
    args: [cli, ...args],
    env: { ...process.env, ...env },
    output: 'capture',
  });
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`pxcluster ${args.join(' ')}: ${await child.captured}`);
}

async function startServer(options: {
  baseUrl: string;
  notebooks: string;
  env: Readonly<Record<string, string>>;
  log: string;
}): Promise<{ readonly child: Child; readonly url: string }> {
  const { baseUrl, notebooks, env, log } = options;
  const settings = {
    'ServerApp.ip': '127.0.0.1',
    'ServerApp.port': await freePort(),
    'ServerApp.port_retries': 0,
    'ServerApp.base_url': baseUrl,
    'ServerApp.root_dir': notebooks,
    'ServerApp.allow_root': 'True',
    // Tests speak with the page's own objects.
    'LabApp.expose_app_in_browser': 'True',
  };
  const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const child = await Child.spawn({
    command: pythonPath(),
    args: ['-m', 'jupyterlab', '--no-browser', ...args],
    cwd: notebooks,
    env: { ...process.env, ...env },
    output: { file: log },
  });
  const info = join(env['JUPYTER_RUNTIME_DIR'] ?? '', `jpserver-${child.pid}.json`);
  const isUp = await until(() => exists(info), { timeoutMs: 45_000 });
  if (!isUp) {
    await child.end({ graceMs: 1000 });
    throw new Error(`JupyterLab did not start:\n${await readFile(log, 'utf8')}`);
  }
  const { url } = JSON.parse(await readFile(info, 'utf8')) as { url: string };
  return { child, url };
}

/** Writes a notebook of the given cells into the server's folder. */
export async function writeNotebook(
  lab: Pick<JupyterLab, 'notebooks'>,
  name: string,
  cells: readonly string[],
): Promise<void> {
  const kernelspec = { name: 'pxlab', display_name: 'TypeScript (pxlab)', language: 'typescript' };
  const content = {
    cells: cells.map((source, index) => ({
      ...{ id: `cell-${index}`, cell_type: 'code', source, metadata: {} },
      ...{ outputs: [], execution_count: null },
    })),
    ...{ metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 },
  };
  await writeFile(join(lab.notebooks, name), JSON.stringify(content));
}

/** What Node keeps by itself in a temporary folder is nobody's concern. */
function isOfOthers(thing: string): boolean {
  return /\/(node-compile-cache|\.org\.chromium\.|v8-compile-cache)/.test(thing);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    (content) => content.length > 0,
    () => false,
  );
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}
