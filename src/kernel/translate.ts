import {
  readCommData,
  readCommInfo,
  readCommOpen,
  readCursor,
  readExecute,
} from '../wire/jupyter.js';
import type { Message } from '../wire/message.js';
import type { KernelRequest } from './messages.js';
import type { Turn } from './shell-queue.js';

/** Messages that the main thread handles, and when. */
const turns: ReadonlyMap<string, Turn> = new Map([
  ['execute_request', 'cell'],
  ['comm_open', 'ordered'],
  ['comm_msg', 'follows'],
  ['comm_close', 'follows'],
  ['complete_request', 'aside'],
  ['inspect_request', 'aside'],
  ['is_complete_request', 'aside'],
  ['comm_info_request', 'aside'],
]);

/** @returns undefined for what the main thread has no part in. */
export function turnOf(type: string): Turn | undefined {
  return turns.get(type);
}

/** The message in the main thread's terms; only for types that have a turn. */
export function requestForMain(
  id: string,
  message: Message,
  executionCount: number,
): KernelRequest {
  const { header, content } = message;
  const common = { id, header };
  const buffers = [...message.buffers];
  switch (header.msg_type) {
    case 'execute_request':
      return { type: 'execute', ...common, executionCount, ...readExecute(content) };
    case 'complete_request':
      return { type: 'complete', ...common, ...readCursor(content) };
    case 'inspect_request':
      return { type: 'inspect', ...common, ...readCursor(content) };
    case 'is_complete_request':
      return { type: 'is-complete', ...common, code: readCursor(content).code };
    case 'comm_info_request':
      return { type: 'comm-info', ...common, targetName: readCommInfo(content) };
    case 'comm_open':
      return { type: 'comm-open', ...common, ...readCommOpen(content), buffers };
    case 'comm_msg':
      return { type: 'comm-message', ...common, ...readCommData(content), buffers };
    case 'comm_close':
      return { type: 'comm-close', ...common, ...readCommData(content), buffers };
    default:
      throw new TypeError(`No request of the main thread: ${header.msg_type}`);
  }
}
