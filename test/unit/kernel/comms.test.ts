import { expect, test } from 'vitest';
import { type Comm, Comms } from '../../../lib/kernel/comms.js';
import type { Publication } from '../../../lib/kernel/iopub.js';
import { Session } from '../../../lib/wire/message.js';

const { header } = new Session('s', 'u').message({ type: 'comm_open', content: {} });
const common = { id: '1', header, buffers: [] };

function setUp(): { comms: Comms; published: Publication[] } {
  const published: Publication[] = [];
  return { comms: new Comms((publication) => published.push(publication)), published };
}

test('a comm to an unknown target is closed', () => {
  const { comms, published } = setUp();

  comms.handle({ type: 'comm-open', ...common, commId: 'c', targetName: 'nobody', data: {} });

  expect(published).toEqual([{ type: 'comm_close', content: { comm_id: 'c', data: {} } }]);
  expect(comms.list(undefined).size).toBe(0);
});

test('a comm that the page opens carries data both ways until it is closed', () => {
  const { comms, published } = setUp();
  const heard: unknown[] = [];
  let opened: Comm | undefined;
  comms.registerTarget('slider', (comm, data) => {
    opened = comm;
    heard.push(data);
    comm.onMessage((message) => heard.push(message));
    comm.onClose(() => heard.push('closed'));
  });

  comms.handle({ type: 'comm-open', ...common, commId: 'c', targetName: 'slider', data: { a: 1 } });
  comms.handle({ type: 'comm-message', ...common, commId: 'c', data: { value: 2 } });
  opened?.send({ echo: 2 });
  expect([...comms.list('slider')]).toEqual([['c', 'slider']]);
  expect(comms.list('other').size).toBe(0);
  comms.handle({ type: 'comm-close', ...common, commId: 'c', data: {} });
  opened?.send({ late: true });

  expect(heard).toEqual([{ a: 1 }, { value: 2 }, 'closed']);
  expect(published).toEqual([
    { type: 'comm_msg', content: { comm_id: 'c', data: { echo: 2 } }, buffers: [] },
  ]);
});

test('a comm that the kernel opens is announced with its target', () => {
  const { comms, published } = setUp();

  const comm = comms.open('plot', { size: 3 });
  comm.close();
  comm.close();

  expect(published.map(({ type }) => type)).toEqual(['comm_open', 'comm_close']);
  expect(published[0]?.content).toMatchObject({ comm_id: comm.id, target_name: 'plot' });
});

test('what JSON cannot carry is refused where it is sent', () => {
  const { comms, published } = setUp();

  const comm = comms.open('plot');

  expect(() => comm.send({ big: 1n })).toThrow(TypeError);
  expect(published).toHaveLength(1);
});
