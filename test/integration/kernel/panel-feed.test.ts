import { expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { silentLogger } from '../../../lib/base/logger.js';
import { Cluster } from '../../../lib/cluster/cluster.js';
import { PanelFeed } from '../../../lib/kernel/panel-feed.js';
import type { PanelState } from '../../../lib/wire/panel-messages.js';
import { openSandbox } from '../../support/sandbox.js';

test('what a cluster pushes while a busy machine still connects to it is shown', async () => {
  const { profileDir } = await openSandbox();
  await using cluster = await Cluster.start({ n: 1, profileDir, owner: null });
  await using client = await cluster.connect();
  process.kill(client.engines[0]?.pid ?? 0, 'SIGKILL');
  await until(() => client.engines.length === 0, { timeoutMs: 10_000 });

  // Nothing changes any more: the one state that is pushed to each must not be lost.
  for (let round = 0; round < 4; round += 1) {
    let shown: PanelState | undefined;
    const feed = new PanelFeed({
      ...{ kernelId: 'kernel-a', profileDir, log: silentLogger },
      push: (state) => (shown = state),
      main: { ask: () => Promise.resolve() },
    });
    const busy = setInterval(() => spin(40), 1);
    await feed.open(undefined);
    await until(() => Boolean(shown?.cluster), { timeoutMs: 10_000 });
    clearInterval(busy);

    expect(await until(() => shown?.cluster?.deaths.length === 1, { timeoutMs: 3000 })).toBe(true);
    await feed.close();
  }
});

function spin(durationMs: number): void {
  for (const endMs = performance.now() + durationMs; performance.now() < endMs;);
}
