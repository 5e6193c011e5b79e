import { Cluster } from 'pxlab';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import type {
  PanelAnswer,
  PanelCluster,
  PanelCommand,
  PanelMessage,
  PanelState,
} from '../../../lib/wire/panel-messages.js';
import {
  type JupyterClient,
  type StartedKernel,
  startKernel,
} from '../../support/jupyter-client.js';

/** The page's end of a comm to the panel's feed. */
class Panel {
  readonly states: PanelState[] = [];
  readonly #client: JupyterClient;
  readonly #commId: string;
  readonly #answers = new Map<number, PanelAnswer>();
  #read = 0;
  #lastId = 0;
  isClosed = false;

  constructor(client: JupyterClient, commId = 'panel') {
    this.#client = client;
    this.#commId = commId;
    client.post('comm_open', { comm_id: commId, target_name: 'pxlab.panel', data: {} });
  }

  get state(): PanelState | undefined {
    this.#readAll();
    return this.states.at(-1);
  }

  get cluster(): PanelCluster | null | undefined {
    return this.state?.cluster;
  }

  shows(check: (state: PanelState) => boolean): Promise<boolean> {
    return until(() => this.state !== undefined && check(this.state), { timeoutMs: 30_000 });
  }

  /** Waits for a state in which the cluster's engines are as wanted. */
  showsEngines(check: (engines: PanelCluster['engines']) => boolean): Promise<boolean> {
    return this.shows(({ cluster }) => cluster !== null && check(cluster.engines));
  }

  async ask(command: PanelCommand | { readonly type: string }): Promise<PanelAnswer | undefined> {
    const id = ++this.#lastId;
    this.#client.post('comm_msg', { comm_id: this.#commId, data: { id, ...command } });
    await until(() => (this.#readAll(), this.#answers.has(id)), { timeoutMs: 30_000 });
    return this.#answers.get(id);
  }

  close(): void {
    this.#client.post('comm_close', { comm_id: this.#commId, data: {} });
  }

  #readAll(): void {
    const { strays } = this.#client;
    for (; this.#read < strays.length; this.#read += 1) {
      const stray = strays[this.#read];
      if (stray?.content['comm_id'] !== this.#commId) continue;
      if (stray.header.msg_type === 'comm_close') this.isClosed = true;
      if (stray.header.msg_type === 'comm_msg') this.#take(stray.content['data'] as PanelMessage);
    }
  }

  #take(message: PanelMessage): void {
    if (message.type === 'state') this.states.push(message.state);
    else this.#answers.set(message.id, message);
  }
}

let kernel: StartedKernel;

beforeEach(async () => {
  kernel = await startKernel();
});

afterEach(async () => {
  await kernel[Symbol.asyncDispose]();
});

test('starts a cluster, adds an engine, restarts one, stops one, and ends it, and each is pushed', async () => {
  const panel = new Panel(kernel.client);
  expect(await panel.shows(({ cluster, usableCores }) => cluster === null && usableCores > 0)).toBe(
    true,
  );

  expect(await panel.ask({ type: 'start', n: 1 })).toMatchObject({ status: 'ok' });
  expect(await panel.showsEngines((engines) => engines.length === 1)).toBe(true);
  expect(panel.cluster).toMatchObject({ ownership: 'own', engines: [{ id: 0, queued: 0 }] });
  expect(panel.states.some(({ pending }) => pending === 'starting')).toBe(true);

  expect(await panel.ask({ type: 'add-engines', n: 1 })).toMatchObject({ status: 'ok' });
  expect(await panel.showsEngines((engines) => engines.length === 2)).toBe(true);

  expect(await panel.ask({ type: 'restart-engine', engineId: 0 })).toMatchObject({ status: 'ok' });
  expect(await panel.showsEngines((engines) => engines.map(({ id }) => id).join() === '1,2')).toBe(
    true,
  );

  expect(await panel.ask({ type: 'stop-engine', engineId: 1 })).toMatchObject({ status: 'ok' });
  expect(await panel.showsEngines((engines) => engines.map(({ id }) => id).join() === '2')).toBe(
    true,
  );
  expect(panel.cluster?.deaths).toEqual([]);

  expect(await panel.ask({ type: 'stop' })).toMatchObject({ status: 'ok' });
  expect(
    await panel.shows(({ cluster, pending }) => cluster === null && pending === undefined),
  ).toBe(true);
});

test('lives while the cell of the notebook spins: engines are seen, added and interrupted', async () => {
  await kernel.client.execute('await px.start({ n: 1 });');
  const panel = new Panel(kernel.client);
  expect(await panel.showsEngines((engines) => engines.length === 1)).toBe(true);
  await kernel.client.execute('%%px --noblock\nwhile (true);');
  expect(await panel.showsEngines(([first]) => first?.running?.name === 'Cell [2]')).toBe(true);
  const spinning = kernel.client.execute('while (true);');
  await spinning.started();

  expect(await panel.ask({ type: 'add-engines', n: 1 })).toMatchObject({ status: 'ok' });
  expect(await panel.showsEngines((engines) => engines.length === 2)).toBe(true);
  expect(await panel.ask({ type: 'interrupt', engineIds: [0] })).toMatchObject({
    note: 'Interrupted engine 0; variables are kept.',
  });
  expect(
    await panel.showsEngines(([first]) => first?.running === undefined && first?.completed === 1),
  ).toBe(true);

  const stopped = kernel.client.control('interrupt_request');
  expect((await spinning).error?.ename).toBe('Interrupted');
  await stopped;
});

test('an engine that is killed is told with its signal, and what it printed last is shown before', async () => {
  await kernel.client.execute('await px.start({ n: 2 });');
  const panel = new Panel(kernel.client);
  await kernel.client.execute("%%px\nconsole.log('hello from ' + px.id)");
  expect(
    await panel.showsEngines(([, second]) => second?.lastOutput?.text === 'hello from 1'),
  ).toBe(true);
  const pid = panel.cluster?.engines[1]?.pid;
  if (pid === undefined) throw new Error('no pid is shown');

  process.kill(pid, 'SIGKILL');

  expect(
    await panel.shows(
      ({ cluster }) =>
        cluster?.deaths[0]?.death.signal === 'SIGKILL' && cluster.engines.length === 1,
    ),
  ).toBe(true);
});

test('a cluster of a terminal is shown before the notebook uses it, and others can be chosen', async () => {
  const profileDir = join(kernel.folder, 'ipython', 'profile_default');
  await using first = await Cluster.start({ n: 1, profileDir, clusterId: 'one', owner: null });
  const panel = new Panel(kernel.client);
  expect(
    await panel.shows(
      ({ cluster }) => cluster?.clusterId === 'one' && cluster.ownership === 'shared',
    ),
  ).toBe(true);
  await using second = await Cluster.start({ n: 2, profileDir, clusterId: 'two', owner: null });

  expect(await panel.shows(({ cluster, others }) => cluster === null && others.length === 2)).toBe(
    true,
  );
  expect(panel.state?.others).toContainEqual({
    clusterId: 'two',
    engineCount: 2,
    ownership: 'shared',
  });
  expect(await panel.ask({ type: 'connect', clusterId: 'two' })).toMatchObject({ status: 'ok' });
  expect(
    await panel.shows(
      ({ cluster }) => cluster?.clusterId === 'two' && cluster.engines.length === 2,
    ),
  ).toBe(true);
  expect((await kernel.client.execute('px.client.ids.length')).result).toBe('2');

  await second.stop();
  expect(
    await panel.shows(
      ({ cluster, notice }) => cluster?.clusterId === 'one' && notice === undefined,
    ),
  ).toBe(true);
  await first.stop();
  expect(
    await panel.shows(
      ({ cluster, notice }) => cluster === null && notice?.includes('ended') === true,
    ),
  ).toBe(true);
});

test('what cannot be done is one sentence, and two pages each get their own answers', async () => {
  const panel = new Panel(kernel.client);
  const other = new Panel(kernel.client, 'other');
  expect(await other.shows(({ cluster }) => cluster === null)).toBe(true);

  expect(await panel.ask({ type: 'interrupt' })).toEqual({
    type: 'answer',
    id: 1,
    status: 'error',
    message: 'There is no cluster. Start one first.',
  });
  expect(await panel.ask({ type: 'start', n: 0 })).toMatchObject({
    message: '`n` cannot be 0 here.',
  });
  expect(await panel.ask({ type: 'dance' })).toMatchObject({
    message: expect.stringContaining('knows no request "dance"') as string,
  });
  expect(await panel.ask({ type: 'connect', clusterId: 'none' })).toMatchObject({
    status: 'error',
  });
  panel.close();
  expect(await other.ask({ type: 'start', n: 1 })).toMatchObject({ status: 'ok' });
  expect(await other.showsEngines((engines) => engines.length === 1)).toBe(true);
  expect(panel.states.every(({ cluster }) => cluster === null)).toBe(true);
});
