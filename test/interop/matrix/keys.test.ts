import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client, type ParallelError } from 'pxlab';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newCurveKeys } from '../../../lib/transport/socket.js';
import { pythonPath } from '../../support/python.js';
import { start, startPxcluster } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';
import { type ControllerKind, type Lab, startLab } from './lab.js';
import { expectDocumented } from './reference.js';

const controllers: readonly ControllerKind[] = ['ipcontroller', 'pxcluster controller'];
const labs = new Map<ControllerKind, Lab>();
const sandbox: Sandbox = await openSandbox(afterAll);

beforeAll(async () => {
  const engines = ['typescript', 'python'] as const;
  const env = { IPP_ENABLE_CURVE: '1' };
  await Promise.all(
    controllers.map(async (controller) => {
      labs.set(controller, await startLab(sandbox, { controller, engines, env }));
    }),
  );
}, 180_000);

/** Answers of the features, by row: a column for each controller. */
const found = new Map<string, Partial<Record<ControllerKind, string>>>();

function note(row: string, controller: ControllerKind, cell: string): void {
  found.set(row, { ...found.get(row), [controller]: cell });
}

function labOf(controller: ControllerKind): Lab {
  const lab = labs.get(controller);
  if (lab === undefined) throw new Error('no cluster');
  return lab;
}

/** A connection file with something else in it, and without the sockets that guard no key. */
async function withChange(lab: Lab, role: 'client' | 'engine', change: object): Promise<string> {
  const name = `ipcontroller-${role}.json`;
  const text = await readFile(join(dirname(lab.connectionFile), name), 'utf8');
  const file = join(sandbox.folder, `${lab.profile}-${role}.json`);
  await writeFile(
    file,
    JSON.stringify({ ...(JSON.parse(text) as object), ...change, pxlab: undefined }),
  );
  return file;
}

/** What Python's client prints that joins by a connection file. */
async function pythonJoins(file: string, timeoutS: number): Promise<string> {
  const code = `
import ipyparallel
try:
    client = ipyparallel.Client(${JSON.stringify(file)}, timeout=${timeoutS})
    client.wait_for_engines(2, timeout=20)
    for _ in range(20):
        result = client[:].execute("6 * 7", silent=False)
        result.get(20)
        result.wait_for_output(1)
        if all(result.execute_result):
            break  # from then on iopub is heard
    print('joined', client.ids, [each['data']['text/plain'] for each in result.execute_result])
except Exception as error:
    print(type(error).__name__, error)`;
  const python = await start(sandbox, { command: pythonPath(), args: ['-c', code] });
  await python.child.exited;
  return (await python.text()).trim();
}

async function refusalOf(connectionFile: string): Promise<ParallelError> {
  const connecting = Client.connect({ connectionFile, timeoutMs: 20_000 });
  return connecting.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as ParallelError,
  );
}

describe.each(controllers)('CurveZMQ of %s', (controller) => {
  test('every engine and client joins by its connection file alone', async () => {
    const { connectionFile } = labOf(controller);

    const python = await pythonJoins(connectionFile, 20);
    await using client = await Client.connect({ connectionFile, timeoutMs: 20_000 });
    const results = [0, 1].map((id) => client.direct(id).execute('6 * 7', { silent: false }));
    for (const result of results) await result;

    const info = JSON.parse(await readFile(connectionFile, 'utf8')) as Record<string, unknown>;
    expect(info['curve_serverkey']).toMatch(/^.{40}$/);
    expect(python).toBe("joined [0, 1] ['42', '42']");
    expect(results.map(({ outputs }) => outputs[0]?.result?.data['text/plain'])).toEqual([
      ...['42', '42'],
    ]);
    note(
      '`ipyparallel.Client` and ours, `ipengine` and `pxcluster engine` join',
      controller,
      'yes',
    );
  });

  test('a client and an engine of ours with another server key are told so', async () => {
    const lab = labOf(controller);
    const key = { curve_serverkey: newCurveKeys().publicKey };
    const engineFile = await withChange(lab, 'engine', key);

    const error = await refusalOf(await withChange(lab, 'client', key));
    const engine = await startPxcluster(sandbox, 'engine', `--file=${engineFile}`, '--timeout=20');
    const { code } = await engine.child.exited;

    expect(error).toMatchObject({ code: 'CONNECTION_REFUSED' });
    expect(error.message).toContain('the server key in the file is not its own');
    expect(code).toBe(255);
    expect(await engine.text()).toContain('refused the key of the connection file');
    note(
      'Another server key: our client',
      controller,
      'refused: "…the server key in the file is not its own."',
    );
    note(
      'Another server key: `pxcluster engine`',
      controller,
      'ends: "…refused the key of the connection file…"',
    );
  });

  test("Python's client with another server key gives up", async () => {
    const key = { curve_serverkey: newCurveKeys().publicKey };

    const said = await pythonJoins(await withChange(labOf(controller), 'client', key), 2);

    expect(said).toMatch(/^TimeoutError/);
    note('Another server key: `ipyparallel.Client`', controller, 'gives up after its `timeout`');
  });
});

test('our controller warns once of what it refused', async () => {
  const { controller } = labOf('pxcluster controller');

  const warnings = (await controller.text()).split('\n').filter((line) => /"warn"/.test(line));

  expect(warnings).toEqual([expect.stringContaining('"message":"connection refused"')]);
  note('What the controller logs of them', 'pxcluster controller', 'one warning');
  note('What the controller logs of them', 'ipcontroller', 'nothing');
});

test('without CurveZMQ, who signs with another key or not at all is dropped, with one warning', async () => {
  const plain = await openSandbox();
  const lab = await startLab(plain, { controller: 'pxcluster controller', engines: [] });
  const wrong = await withChange(lab, 'client', { key: 'another' });

  const error = await refusalOf(wrong);
  const said = [
    await pythonJoins(wrong, 2),
    await pythonJoins(await withChange(lab, 'client', { key: '' }), 2),
  ];

  const warnings = (await lab.controller.text()).split('\n').filter((line) => /"warn"/.test(line));
  expect(said).toEqual([
    expect.stringMatching(/^TimeoutError/),
    expect.stringMatching(/^TimeoutError/),
  ]);
  expect(error.code).toMatch(/^(CONNECTION_REFUSED|CLUSTER_NOT_RUNNING)$/);
  expect(warnings).toEqual([expect.stringContaining('its HMAC does not match the cluster key')]);
});

test('the reference says what was found of CurveZMQ', async () => {
  const rows = [...found].map(
    ([row, cells]) => `| ${[row, ...controllers.map((each) => cells[each] ?? '')].join(' | ')} |`,
  );
  const table = [`| | ${controllers.join(' | ')} |`, '| --- | --- | --- |', ...rows].join('\n');

  await expectDocumented('CurveZMQ', table);
});
