import { expect, test } from 'vitest';
import { deferred } from '../../../src/base/deferred.js';
import { Client } from '../../../src/client/client.js';
import type { ClusterState } from '../../../src/wire/cluster-state.js';
import { ControllerLab } from './controller-lab.js';

test('a request and its answer are pushed, though the engine tells nothing of itself', async () => {
  await using lab = await ControllerLab.start();
  const release = deferred();
  const answer = async () => {
    await release.promise;
    return {};
  };
  const [engine] = await lab.engines([{ answer }]);
  const states: ClusterState[] = [];
  await using watcher = await Client.connect({
    connectionInfo: lab.controller.clientInfo,
    onState: (state) => states.push(state),
  });
  const client = await lab.client();
  const last = () => states.at(-1)?.engines[0];
  await lab.eventually(() => last()?.completed === 0);

  const content = { code: 'f()' };
  const asked = client.ask('mux', { to: engine?.uuid ?? '', type: 'execute_request', content });

  await lab.eventually(() => last()?.running?.name === 'f()');
  release.resolve();
  await asked;
  await lab.eventually(() => last()?.completed === 1);
  expect(last()?.running).toBeUndefined();
  expect(watcher.isClosed).toBe(false);
});
