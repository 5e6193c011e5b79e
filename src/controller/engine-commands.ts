import { encodeToSend, type Signer } from '../wire/framing.js';
import type { Outgoing, Session } from '../wire/message.js';
import type { EngineOutlet } from './engine-outlet.js';

/** Where replies go that no client waits for: an identity that no socket has. */
export const nobody = 'controller';

/** Requests of the controller's own to engines. */
export class EngineCommands {
  readonly #session: Session;
  readonly #signer: Signer;

  constructor(session: Session, signer: Signer) {
    this.#session = session;
    this.#signer = signer;
  }

  shutDown(uuid: string, outlet: EngineOutlet): void {
    this.#send(uuid, outlet, { type: 'shutdown_request', content: { restart: false } });
  }

  /** Sends what engines of any kind answer. @returns its id. */
  ask(uuid: string, outlet: EngineOutlet): string {
    return this.#send(uuid, outlet, { type: 'kernel_info_request', content: {} });
  }

  #send(uuid: string, outlet: EngineOutlet, request: Outgoing): string {
    const message = this.#session.message(request);
    outlet.send(encodeToSend(message, this.#signer, [uuid, nobody]));
    return message.header.msg_id;
  }
}
