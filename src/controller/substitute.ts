import type { Channel } from '../transport/channel.js';
import type { Header, JsonObject } from '../wire/message.js';

/** A reply in the place of an engine whose answer cannot come any more. */
export interface Substitute {
  /** ZeroMQ identity of who sent the request. */
  readonly client: Uint8Array;
  readonly request: Header;
  readonly content: object;
  readonly metadata: JsonObject;
}

export function sendSubstitute(clients: Channel, substitute: Substitute): void {
  const { client, request, content, metadata } = substitute;
  const type = request.msg_type.replace(/_request$/, '_reply');
  clients.post({ type, content, metadata, parent: request }, [client]);
}
