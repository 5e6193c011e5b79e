import type { JsonObject, Message } from './message.js';

/**
 * What the metadata of a request on the broadcast channel say.
 *
 * Source: ipyparallel 9.2, `controller/broadcast_scheduler.py`.
 */
export interface BroadcastMetadata {
  readonly targets: readonly BroadcastTarget[];
  readonly isCoalescing: boolean;
}

export type BroadcastTarget = readonly [uuid: string, id: number];

/** @throws TypeError when `targets` are no pairs of uuid and id. */
export function parseBroadcast(metadata: JsonObject): BroadcastMetadata {
  const { targets, is_coalescing: isCoalescing } = metadata;
  if (!Array.isArray(targets) || !targets.every(isTarget)) {
    throw new TypeError('Expected the `targets` of a broadcast to be pairs of uuid and id.');
  }
  return { targets, isCoalescing: isCoalescing === true };
}

function isTarget(value: unknown): value is BroadcastTarget {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number';
}

/** The id of an engine's copy of a request. */
export function copyId(original: string, uuid: string): string {
  return `${original}_${uuid}`;
}

/** What a client says of a request that is to be copied for `engines`, each to be answered by itself. */
export function broadcastMetadata(
  engines: readonly { readonly uuid: string; readonly id: number }[],
): JsonObject {
  return {
    targets: engines.map(({ uuid, id }): BroadcastTarget => [uuid, id]),
    is_broadcast: true,
    is_coalescing: false,
  };
}

/** The engine's copy of a request: its own message id, and the client's beside it. */
export function copyFor(uuid: string, request: Message): Message {
  const { header, metadata } = request;
  const original = header.msg_id;
  return {
    ...request,
    header: { ...header, msg_id: copyId(original, uuid) },
    metadata: { original_msg_id: original, ...metadata },
  };
}

/** The client's message id and kind of broadcast that a reply belongs to. */
export function parseBroadcastReply({ metadata }: Message): { id: string; isCoalescing: boolean } {
  const { original_msg_id: id, is_coalescing: isCoalescing } = metadata;
  return { id: typeof id === 'string' ? id : '', isCoalescing: isCoalescing === true };
}

/** One reply for all: header and content of the last, the buffers of all in the order of `targets`. */
export function mergedReply(
  last: Message,
  parts: readonly { target: BroadcastTarget; buffers: readonly Uint8Array[] }[],
): Message {
  return {
    ...last,
    metadata: { ...last.metadata, broadcast_targets: parts.map(({ target }) => target) },
    buffers: parts.flatMap(({ buffers }) => buffers),
  };
}
