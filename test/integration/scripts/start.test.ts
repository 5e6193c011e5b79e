import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { explainFetch } from '../../../scripts/setup.js';
import { parseJupyterConnection } from '../../../lib/wire/jupyter-connection.js';
import { JupyterClient } from '../../support/jupyter-client.js';
import { ask, type Extensions, type KernelSpecs, NpmStart } from '../../support/npm-start.js';
import { pythonPath } from '../../support/python.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';

// JupyterLab takes seconds to start, and many of them on a busy machine.
vi.setConfig({ testTimeout: 150_000 });

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts a kernel through JupyterLab, and in it a cluster of one engine. */
async function openNotebook(sandbox: Sandbox, url: URL): Promise<JupyterClient> {
  const { id } = await ask<{ id: string }>(url, 'api/kernels', { name: 'pxlab' });
  const file = join(runtimeFolder(sandbox), `kernel-${id}.json`);
  const client = new JupyterClient(parseJupyterConnection(await readFile(file, 'utf8'), file));
  await client.ready();
  const { error } = await client.execute('await px.start({ n: 1 })');
  expect(error).toBeUndefined();
  return client;
}

function runtimeFolder(sandbox: Sandbox): string {
  return join(sandbox.env['HOME'] ?? '', '.local', 'share', 'jupyter', 'runtime');
}

test('npm start serves JupyterLab with kernel, panel and examples behind a prefix; SIGTERM ends it with kernels and clusters', async () => {
  const sandbox = await openSandbox();
  const lab = new NpmStart(sandbox, { args: ['--no-browser', '--ServerApp.base_url=/x/y'] });

  const url = await lab.served();
  const { kernelspecs } = await ask<KernelSpecs>(url, 'api/kernelspecs');
  const extensions = await ask<Extensions>(url, 'lab/api/extensions');
  const { content } = await ask<{ content: { name: string }[] }>(url, 'api/contents');
  const client = await openNotebook(sandbox, url);
  await client.close();
  lab.process.kill('SIGTERM');
  const code = await lab.exited;

  expect(url.pathname).toBe('/x/y/lab');
  expect(kernelspecs['pxlab']?.spec.argv).toContain(join(root, 'lib', 'kernel', 'main.js'));
  expect(extensions.find(({ name }) => name === 'pxlab')).toMatchObject({ enabled: true });
  expect(content.map(({ name }) => name)).toContain('quickstart.ipynb');
  expect(lab.text).toContain('JupyterLab has stopped.');
  expect(code).toBe(0);
  await sandbox.expectNothingLeft();
  const left = await readdir(runtimeFolder(sandbox));
  expect(left.filter((name) => /^(kernel|jpserver)-/.test(name))).toEqual([]);
});

test('when npm start is killed, JupyterLab ends with kernels and clusters', async () => {
  const sandbox = await openSandbox();
  const lab = new NpmStart(sandbox, { args: ['--no-browser', '--jupyter', pythonPath()] });
  const client = await openNotebook(sandbox, await lab.served());
  await client.close();

  lab.process.kill('SIGKILL');
  await lab.exited;

  await sandbox.expectNothingLeft({ withinMs: 30_000 });
});

test('a port in use is refused in one sentence', async () => {
  const sandbox = await openSandbox();
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const { port } = other.address() as { port: number };

  const lab = new NpmStart(sandbox, { args: ['--no-browser', '--port', String(port)] });
  const code = await lab.exited;
  other.close();

  expect(code).toBe(1);
  expect(lab.text).toBe(
    `Port ${port} is in use: name another with --port, or leave it out and a free one is taken.\n`,
  );
});

test('options that npm kept for itself, since `--` is missing, are told of', async () => {
  const sandbox = await openSandbox();
  const env = { npm_lifecycle_event: 'start', npm_config_browser: 'true' };

  const lab = new NpmStart(sandbox, { args: [], env });

  expect(await lab.exited).toBe(1);
  expect(lab.text).toMatch(/^npm took options for its own: put `--` before them[^\n]*\n$/);
});

test.each([
  ['/no/such/jupyter', "There is no Jupyter at '/no/such/jupyter': give --jupyter the path of "],
  ['/bin', '(JupyterLab 4 is needed, and /bin/python3? has none: run|There is no Jupyter at)'],
])('--jupyter %s is refused in one sentence', async (path, words) => {
  const sandbox = await openSandbox();

  const lab = new NpmStart(sandbox, { args: ['--no-browser', `--jupyter=${path}`] });

  expect(await lab.exited).toBe(1);
  expect(lab.text).toMatch(new RegExp(`^${words}[^\n]*\n$`));
});

test('a Node that is too old is told which one is needed', async () => {
  const sandbox = await openSandbox();
  const older = "Object.defineProperty(process.versions, 'node', { value: '18.20.4' });";

  const lab = new NpmStart(sandbox, { node: ['--import', `data:text/javascript,${older}`] });

  expect(await lab.exited).toBe(1);
  expect(lab.text).toBe(
    'Node 20.19 or newer is needed, and this is 18.20.4. Install a newer one (https://nodejs.org), then ' +
      'run npm start again.\n',
  );
});

test.each([
  [
    'npm error code EAI_AGAIN\nnpm error request to https://registry.npmjs.org/acorn failed, reason: getaddrinfo EAI_AGAIN',
    'registry.npmjs.org',
  ],
  [
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(\"HTTPSConnection(host='pypi.org', port=443): Failed\")'",
    'pypi.org',
  ],
])('without a network the installer says which host it cannot reach', (output, host) => {
  expect(explainFetch('Installing packages', output)).toBe(
    `Installing packages failed, since ${host} cannot be reached: check the network or the proxy, then ` +
      'run the same again.',
  );
});

test('any other failure of an installer is shown as it is', () => {
  expect(explainFetch('Installing packages', 'no space left\n')).toBe(
    'Installing packages failed:\nno space left',
  );
});
