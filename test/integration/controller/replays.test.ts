import { expect, test } from 'vitest';
import { encode, Signer } from '../../../src/wire/framing.js';
import { ControllerLab } from './controller-lab.js';

const signer = new Signer('secret');

test('a request that somebody recorded is not answered again by the hub, and that is logged once', async () => {
  await using lab = await ControllerLab.start();
  const client = await lab.client();
  const question = client.session.message({ type: 'connection_request', content: {} });
  const frames = encode(question, signer);
  await client.sendRaw('registration', frames);
  await client.replyTo(question.header.msg_id);
  const thief = await lab.client();

  for (let count = 0; count < 5; count += 1) await thief.sendRaw('registration', frames);
  await thief.ask('registration', { type: 'history_request' });

  expect(lab.logged('the same one came before')).toHaveLength(1);
});

test('a request that one engine had is not given to the scheduler of tasks', async () => {
  await using lab = await ControllerLab.start();
  const [engine] = await lab.engines([{}]);
  const client = await lab.client();
  const request = client.session.message({ type: 'execute_request', content: { code: '1' } });
  await client.sendRaw('mux', encode(request, signer, [engine?.uuid ?? '']));
  await client.replyTo(request.header.msg_id);
  await client.ask('registration', { type: 'history_request' }); // the books are up to date

  await client.sendRaw('task', encode(request, signer));
  await client.ask('task', { type: 'execute_request', content: { code: '2' } });

  expect(engine?.requests.map(({ content }) => content['code'])).toEqual(['1', '2']);
});
