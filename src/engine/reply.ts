import type { EngineInfo, Failed, Reply, ReplyMetadata } from '../wire/contents.js';
import type { JsonObject, Message } from '../wire/message.js';

/** Who replies. */
export interface Replier {
  readonly uuid: string;
  readonly engineId: number;
}

/** What a handler makes of a request; the envelope is the same for all. */
export interface Answer {
  readonly content: Reply;
  readonly metadata?: JsonObject | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

/** Metadata of a shell reply: Python's client and both schedulers read it. */
export function replyMetadata(
  { metadata: asked }: Message,
  { uuid, engineId }: Replier,
  reply: { startedAt: string; content: Reply },
): ReplyMetadata & JsonObject {
  const { startedAt, content } = reply;
  const isUnmet = content.status === 'error' && content.ename === 'UnmetDependency';
  return {
    started: startedAt,
    dependencies_met: !isUnmet,
    engine: uuid,
    is_broadcast: asked['is_broadcast'] === true,
    is_coalescing: asked['is_coalescing'] === true,
    original_msg_id: typeof asked['original_msg_id'] === 'string' ? asked['original_msg_id'] : '',
    label: asked['label'] ?? null,
    status: content.status,
    ...(content.status === 'error'
      ? { engine_info: { engine_uuid: uuid, engine_id: engineId } }
      : {}),
  };
}

/** Error content with its origin, which Python's client prints in front. */
export function failedContent(
  error: { ename: string; evalue: string; traceback?: readonly string[] },
  { uuid, engineId }: Replier,
  method: EngineInfo['method'],
): Failed {
  return {
    status: 'error',
    ename: error.ename,
    evalue: error.evalue,
    traceback: error.traceback ?? [`${error.ename}: ${error.evalue}`],
    engine_info: { engine_uuid: uuid, engine_id: engineId, method },
  };
}
