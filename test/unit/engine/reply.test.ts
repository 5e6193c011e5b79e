import { expect, test } from 'vitest';
import { failedContent, replyMetadata } from '../../../src/engine/reply.js';
import { Session } from '../../../src/wire/message.js';

const replier = { uuid: 'engine-uuid', engineId: 3 };
const ask = (metadata: Record<string, unknown>) =>
  new Session('client').message({ type: 'execute_request', content: {}, metadata });

test('the metadata of a reply says who, when and how it went', () => {
  const metadata = replyMetadata(ask({ label: 'mine' }), replier, {
    startedAt: '2026-01-02T03:04:05.678Z',
    content: { status: 'ok' },
  });

  expect(metadata).toEqual({
    started: '2026-01-02T03:04:05.678Z',
    dependencies_met: true,
    engine: 'engine-uuid',
    is_broadcast: false,
    is_coalescing: false,
    original_msg_id: '',
    label: 'mine',
    status: 'ok',
  });
});

test('a broadcast request is told apart by what its scheduler wrote', () => {
  const asked = ask({ is_broadcast: true, is_coalescing: true, original_msg_id: 'origin' });

  expect(
    replyMetadata(asked, replier, { startedAt: '', content: { status: 'aborted' } }),
  ).toMatchObject({
    is_broadcast: true,
    is_coalescing: true,
    original_msg_id: 'origin',
    label: null,
    status: 'aborted',
  });
});

test('a failure names its engine in the content and in the metadata', () => {
  const content = failedContent({ ename: 'TypeError', evalue: 'boom' }, replier, 'execute');

  expect(content).toEqual({
    status: 'error',
    ename: 'TypeError',
    evalue: 'boom',
    traceback: ['TypeError: boom'],
    engine_info: { engine_uuid: 'engine-uuid', engine_id: 3, method: 'execute' },
  });
  expect(replyMetadata(ask({}), replier, { startedAt: '', content })).toMatchObject({
    status: 'error',
    engine_info: { engine_uuid: 'engine-uuid', engine_id: 3 },
  });
});

test('an unmet dependency lets the task scheduler try another engine', () => {
  const content = failedContent({ ename: 'UnmetDependency', evalue: '' }, replier, 'apply');

  expect(replyMetadata(ask({}), replier, { startedAt: '', content }).dependencies_met).toBe(false);
});
