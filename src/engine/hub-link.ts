import { deferred } from '../base/deferred.js';
import { ParallelError } from '../base/errors.js';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import { failureIn } from '../wire/engine-fields.js';
import { countOf } from '../wire/fields.js';
import type { WorkerSetup } from './io-messages.js';

/** What the hub says to an engine that it takes. */
export interface Registration {
  readonly engineId: number;
  /** From one ping to the next. */
  readonly heartPeriodMs: number;
}

/** The engine's side of the registration channel: it says hello once, and good-bye. */
export class HubLink implements Closeable {
  readonly #channel: Channel;
  readonly #setup: WorkerSetup;
  #engineId: number | undefined;

  constructor(channel: Channel, setup: WorkerSetup) {
    this.#channel = channel;
    this.#setup = setup;
  }

  /**
   * Asks for an id.
   *
   * @param isHubAlive - When it is known to be, as by a lease, its answer may take as long as it needs: the
   *   machine is busy.
   * @throws {@link ParallelError} `START_FAILED` when the hub refuses, `CONNECTION_REFUSED` when the
   *   keys differ, `TIMEOUT` when nobody answers in time.
   */
  async register(isHubAlive: () => boolean = () => false): Promise<Registration> {
    const { uuid, requestedId: id, description: pxlab, timeouts } = this.#setup;
    const answer = deferred<Registration>();
    const giveUp = setTimeout(() => {
      if (!isHubAlive()) answer.reject(this.#noAnswer());
    }, timeouts.registrationMs);
    giveUp.unref(); // an engine that is ended meanwhile does not wait for it
    const stopWatching = this.#channel.socket.onLink((event) => {
      if (event === 'refused') answer.reject(this.#refused());
    });
    void this.#readReplies(answer); // ends with the socket
    this.#channel.post({
      type: 'registration_request',
      content: { uuid, ...(id === undefined ? {} : { id }), pxlab },
    });
    try {
      const registration = await answer.promise;
      this.#engineId = registration.engineId;
      return registration;
    } finally {
      clearTimeout(giveUp);
      stopWatching();
    }
  }

  /** Says good-bye, if the hub knows this engine. */
  async unregister(reason: string): Promise<void> {
    if (this.#engineId === undefined) return;
    const content = { id: this.#engineId, pxlab: { reason } };
    await this.#channel.send({ type: 'unregistration_request', content });
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async #readReplies(answer: ReturnType<typeof deferred<Registration>>): Promise<void> {
    for await (const { message } of this.#channel) {
      if (message.header.msg_type !== 'registration_reply') continue;
      const { status, id, hb_period: periodMs } = message.content;
      const engineId = countOf(id);
      const failure = failureIn(message.content);
      if (failure !== undefined) answer.reject(refusal(failure.evalue));
      else if (status === 'ok' && engineId !== undefined) {
        answer.resolve({ engineId, heartPeriodMs: countOf(periodMs) ?? 3000 });
      }
    }
  }

  #noAnswer(): ParallelError {
    const { route, info, timeouts } = this.#setup;
    return new ParallelError(
      'TIMEOUT',
      `No controller answered at ${route.base}:${info.registration} within ` +
        `${timeouts.registrationMs / 1000} s. See whether it runs with \`pxcluster list\`, and whether ` +
        'the connection file (with its key) is of this run.',
    );
  }

  #refused(): ParallelError {
    const { route, info } = this.#setup;
    return new ParallelError(
      'CONNECTION_REFUSED',
      `The controller at ${route.base}:${info.registration} refused the key of the connection file: ` +
        'copy the file of the controller that runs now.',
    );
  }
}

function refusal(why: string): ParallelError {
  return new ParallelError('START_FAILED', `The controller refused this engine: ${why}`);
}
