import { Cluster } from 'pxlab';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { resolveCluster } from '../../../lib/cluster/resolve-cluster.js';
import { startScript } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';

const owner = { id: 'kernel-1', kind: 'kernel' } as const;

/** A process that starts a cluster as the kernel `kernel-1`, and then does what `then` says. */
function startKernel(sandbox: Sandbox, { graceMs = 60_000, then = '' } = {}) {
  const script = `
    import { Cluster } from 'pxlab';
    const cluster = await Cluster.start({
      n: 1, owner: { id: 'kernel-1', kind: 'kernel' }, env: { PXLAB_LEASE_GRACE_MS: '${graceMs}' },
    });
    const client = await cluster.connect();
    await client.direct('all').execute('const kept = 42;');
    await client.close();
    console.log('ready');
    ${then}
    setInterval(() => undefined, 1000);`;
  return startScript(sandbox, script);
}

async function clustersOf({ profileDir }: Sandbox): Promise<Cluster | undefined> {
  const found = await resolveCluster({ ownerId: owner.id, profileDir });
  return found === undefined ? undefined : Cluster.reclaim(found, owner);
}

test('a kernel that was killed finds its cluster again, with what its engines hold', async () => {
  const sandbox = await openSandbox();
  const kernel = await startKernel(sandbox);
  await kernel.says(/ready/);
  kernel.child.signal('SIGKILL');
  await kernel.child.exited;

  const cluster = await clustersOf(sandbox);

  if (cluster === undefined) throw new Error('its cluster is gone');
  onTestFinished(() => cluster.stop());
  await using client = await cluster.connect();
  await expect(client.direct(0).execute('kept')).resolves.toBe(42);
  await client.close();
  await cluster.stop();
  await sandbox.expectNothingLeft();
});

test('the cluster of a kernel that does not come back ends when its grace is over', async () => {
  const sandbox = await openSandbox();
  const kernel = await startKernel(sandbox, { graceMs: 300 });
  await kernel.says(/ready/);

  kernel.child.signal('SIGKILL');
  await kernel.child.exited;

  await sandbox.expectNothingLeft();
});

test('a kernel that shuts down ends its cluster at once', async () => {
  const sandbox = await openSandbox();
  const kernel = await startKernel(sandbox, { then: 'await cluster.stop(); process.exit();' });

  await kernel.child.exited;

  await sandbox.expectNothingLeft();
});

test("another notebook does not find a notebook's own cluster, and cannot claim it", async () => {
  const sandbox = await openSandbox();
  const { profileDir, env } = sandbox;
  const cluster = await Cluster.start({ n: 1, profileDir, env, owner });
  onTestFinished(() => cluster.stop());

  await expect(resolveCluster({ ownerId: 'kernel-2', profileDir })).resolves.toBeUndefined();
  await expect(Cluster.reclaim(cluster, { id: 'kernel-2', kind: 'kernel' })).rejects.toMatchObject({
    code: 'CLUSTER_NOT_RUNNING',
  });
});

test('a shared cluster is found by every notebook, and goes on when they leave', async () => {
  const sandbox = await openSandbox();
  const { profileDir, env } = sandbox;
  const shared = await Cluster.start({ n: 1, profileDir, env, owner: null, clusterId: '' });
  onTestFinished(() => shared.stop());

  for (const ownerId of ['kernel-1', 'kernel-2']) {
    const found = await resolveCluster({ ownerId, profileDir });
    const cluster = await Cluster.find(found);
    await using client = await cluster.connect();
    await expect(client.direct(0).execute('1 + 1')).resolves.toBe(2);
  }

  await expect(shared.status()).resolves.toMatchObject({ engines: [{ id: 0 }] });
});

test('a client that asks for the end of the hub ends the cluster', async () => {
  const sandbox = await openSandbox();
  const { profileDir, env } = sandbox;
  const cluster = await Cluster.start({ n: 1, profileDir, env });
  const client = await cluster.connect();

  await client.shutdown({ hub: true });

  await cluster.ended;
  await client.close();
  await sandbox.expectNothingLeft();
});

test('an engine that spins is ended with its cluster', async () => {
  const sandbox = await openSandbox();
  const { profileDir, env } = sandbox;
  const cluster = await Cluster.start({ n: 1, profileDir, env });
  const client = await cluster.connect();
  const running = client.direct(0).execute('console.log("spins"); for (;;);');
  await until(() => running.outputs.length > 0, { timeoutMs: 5000 });

  const beganMs = performance.now();
  await cluster.stop();

  expect(performance.now() - beganMs).toBeLessThan(4000);
  await client.close();
  await sandbox.expectNothingLeft();
});

test('what a cell left running in the background ends with its engine', async () => {
  const sandbox = await openSandbox();
  const { profileDir, env } = sandbox;
  const cluster = await Cluster.start({ n: 1, profileDir, env });
  const client = await cluster.connect();
  await client.direct(0).execute(
    `const { spawn } = await import('node:child_process');
       spawn('sleep', ['1000'], { stdio: 'ignore' }).pid;`,
  );

  await client.close();
  await cluster.stop();

  await sandbox.expectNothingLeft();
});
