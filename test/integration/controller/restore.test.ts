import { expect, test } from 'vitest';
import { ControllerLab } from './controller-lab.js';

test('a client that comes before the engines of an earlier run is told of them once they answer', async () => {
  const restored = { engines: [{ id: 5, uuid: 'old' }], nextId: 9 };
  await using lab = await ControllerLab.start('ipc', { restored });
  const client = await lab.client();

  const asked = client.ask('registration', { type: 'connection_request' });
  lab.engine({ uuid: 'old' });
  const { content } = await asked;
  const answered = await client.ask('mux', { to: 'old', type: 'apply_request' });
  const newcomer = lab.engine();

  expect(content).toMatchObject({ engines: { 5: 'old' } });
  expect(answered.content).toMatchObject({ status: 'ok' });
  expect(await newcomer.reply).toMatchObject({ id: 9 });
});

test('engines choose one of the broadcast ports by their id, and each gets a request once', async () => {
  await using lab = await ControllerLab.start('ipc', { broadcastLeaves: 4 });
  const engines = await lab.engines([{}, {}, {}, {}, {}]);
  const client = await lab.client();

  client.post('broadcast', {
    type: 'apply_request',
    metadata: {
      targets: engines.map(({ uuid }, id) => [uuid, id]),
      is_broadcast: true,
      is_coalescing: true,
    },
  });
  await lab.eventually(() => engines.every(({ requests }) => requests.length > 0));

  const { broadcast } = lab.controller.engineInfo;
  expect(new Set(broadcast).size).toBe(4);
  expect(engines.map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1, 1]);
});
