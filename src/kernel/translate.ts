import {
  commContent,
  commOpenContent,
  readCommData,
  readCommInfo,
  readCommOpen,
  readCursor,
  readExecute,
} from '../wire/jupyter.js';
import type { Message } from '../wire/message.js';
import type { Publication } from './iopub.js';
import type { CommMessage, KernelRequest } from './messages.js';
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
  id: number,
  message: Message,
  executionCount: number,
): KernelRequest {
  const { header, content } = message;
  const buffers = [...message.buffers];
  switch (header.msg_type) {
    case 'execute_request':
      return { type: 'execute', id, executionCount, ...readExecute(content) };
    case 'complete_request':
      return { type: 'complete', id, ...readCursor(content) };
    case 'inspect_request':
      return { type: 'inspect', id, ...readCursor(content) };
    case 'is_complete_request':
      return { type: 'is-complete', id, code: readCursor(content).code };
    case 'comm_info_request':
      return { type: 'comm-info', id, targetName: readCommInfo(content) };
    case 'comm_open':
      return { type: 'comm-open', id, ...readCommOpen(content), buffers };
    case 'comm_msg':
      return { type: 'comm-message', id, ...readCommData(content), buffers };
    case 'comm_close':
      return { type: 'comm-close', id, ...readCommData(content), buffers };
    default:
      throw new TypeError(`No request of the main thread: ${header.msg_type}`);
  }
}

export function commPublication(message: CommMessage): Publication {
  const { buffers } = message;
  switch (message.type) {
    case 'comm-open':
      return { type: 'comm_open', content: commOpenContent(message), buffers };
    case 'comm-message':
      return { type: 'comm_msg', content: commContent(message), buffers };
    case 'comm-close':
      return { type: 'comm_close', content: commContent(message), buffers };
  }
}
