import { deferred, type Deferred } from '../base/deferred.js';
import { ParallelError } from '../base/errors.js';
import type { ToMain, ToWorker } from './messages.js';
import type { MainCommand, PanelMain } from './panel-feed.js';

interface Asked {
  readonly done: Deferred<undefined>;
  readonly onTaken: () => void;
}

/** The I/O worker's way of asking the main thread for what the panel wants, and of hearing its answers. */
export class PanelMainLink implements PanelMain {
  readonly #post: (message: ToMain) => void;
  readonly #asked = new Map<number, Asked>();
  #lastId = 0;

  constructor(post: (message: ToMain) => void) {
    this.#post = post;
  }

  ask(command: MainCommand, onTaken: () => void): Promise<void> {
    const id = ++this.#lastId;
    const done = deferred<undefined>();
    this.#asked.set(id, { done, onTaken });
    this.#post({ type: 'panel', id, command });
    return done.promise;
  }

  heard(answer: Extract<ToWorker, { id: number }>): void {
    const asked = this.#asked.get(answer.id);
    if (answer.type === 'panel-taken') {
      asked?.onTaken();
      return;
    }
    this.#asked.delete(answer.id);
    if (answer.type === 'panel-failed') {
      asked?.done.reject(new ParallelError('START_FAILED', answer.message));
    } else asked?.done.resolve(undefined);
  }
}
