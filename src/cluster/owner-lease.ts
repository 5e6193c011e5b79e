import { createConnection, type Socket } from 'node:net';
import { deferred } from '../base/deferred.js';
import { ParallelError } from '../base/errors.js';
import { isAccepted, ownerLine, releaseLine, restartLine } from './lease-messages.js';
import type { Owner } from './lease-state.js';
import { readLines } from './lines.js';

/** The owner's end of its lease: while it is open, the cluster lives. */
export class OwnerLease {
  /** Resolves when the supervisor has let go: the cluster has ended, or its supervisor died. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;

  private constructor(socket: Socket, ended: Promise<void>) {
    this.#socket = socket;
    this.ended = ended;
  }

  /** @throws {@link ParallelError} `CLUSTER_NOT_RUNNING` when nobody listens or `owner` is not its owner. */
  static async hold(path: string, owner: Owner): Promise<OwnerLease> {
    const socket = createConnection(path);
    const ended = deferred();
    const accepted = deferred<boolean>();
    socket.on('error', () => undefined); // followed by `close`
    socket.once('close', () => {
      accepted.resolve(false);
      ended.resolve();
    });
    readLines(socket, (line) => accepted.resolve(isAccepted(line)));
    socket.write(ownerLine(owner));
    if (!(await accepted.promise)) {
      socket.destroy();
      throw new ParallelError(
        'CLUSTER_NOT_RUNNING',
        `The cluster behind ${path} has ended, or belongs to another notebook. Start a new one.`,
      );
    }
    socket.unref();
    return new OwnerLease(socket, ended.promise);
  }

  /** Ends the cluster. This process stays until that is done. */
  release(): void {
    this.#socket.ref();
    this.#socket.write(releaseLine);
  }

  /** Says that the owner ends now and comes back with the same id. */
  announceRestart(): void {
    this.#socket.write(restartLine);
  }

  /** Lets go without a word, as a dying owner does. */
  drop(): void {
    this.#socket.destroy();
  }
}
