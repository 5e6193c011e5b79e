import type { TaskReply } from '../../../src/client/task-reply.js';

export function okReply(fields: Partial<TaskReply> = {}): TaskReply {
  return {
    status: 'ok',
    isFromEngine: true,
    engineUuid: undefined,
    engineId: undefined,
    failure: undefined,
    metadata: {},
    startedAt: new Date(1000),
    completedAt: new Date(1250),
    hasValue: false,
    isSilent: false,
    buffers: [],
    ...fields,
  };
}

export function errorReply(ename: string, evalue: string): TaskReply {
  const traceback = [`${ename}: ${evalue}`, '    at Cell [1]:1:7'];
  return okReply({ status: 'error', failure: { status: 'error', ename, evalue, traceback } });
}
