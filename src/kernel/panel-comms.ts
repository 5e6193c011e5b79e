import type { Logger } from '../base/logger.js';
import { messageOf } from '../base/errors.js';
import { commContent, readCommData, readCommOpen } from '../wire/jupyter.js';
import type { Message } from '../wire/message.js';
import { type PanelMessage, panelTarget, parsePanelRequest } from '../wire/panel-messages.js';
import type { Publication } from './iopub.js';
import type { LinkedCluster } from '../px/cluster-link.js';
import type { PanelFeed, PanelFeedOptions } from './panel-feed.js';

/**
 * Pages that were closed do not say so. More are not served at once; the one that was silent longest
 * hears that its comm is closed, and opens another if it is still there.
 */
const maxComms = 8;

export interface PanelCommsOptions extends Omit<PanelFeedOptions, 'push'> {
  readonly log: Logger;
  readonly publish: (publication: Publication) => void;
}

/**
 * The kernel's end of the comms of side panels, in the I/O worker, so that they work while cells run.
 * What it takes to look at clusters is loaded when the first panel opens.
 */
export class PanelComms {
  readonly #options: PanelCommsOptions;
  /** Open ones, by id; the one that was heard last comes last. */
  readonly #comms = new Set<string>();
  #feed: Promise<PanelFeed> | undefined;
  #link: LinkedCluster | undefined;
  #isClosed = false;

  constructor(options: PanelCommsOptions) {
    this.#options = options;
  }

  /** Takes `message` if it is meant for a panel. @returns false when it is for someone else. */
  take({ header, content }: Message): boolean {
    switch (header.msg_type) {
      case 'comm_open': {
        const { commId, targetName } = readCommOpen(content);
        if (targetName !== panelTarget) return false;
        this.#open(commId);
        return true;
      }
      case 'comm_msg': {
        const { commId, data } = readCommData(content);
        if (!this.#comms.has(commId)) return false;
        void this.#handle(commId, data); // answers what goes wrong
        return true;
      }
      case 'comm_close': {
        const { commId } = readCommData(content);
        if (!this.#comms.delete(commId)) return false;
        this.#closeIfUnseen();
        return true;
      }
      default:
        return false;
    }
  }

  /** The main thread took a cluster, or has left it. */
  linkChanged(link: LinkedCluster | undefined): void {
    this.#link = link;
    // One that could not be opened was told of when it was.
    this.#feed?.then((feed) => feed.linkChanged(link)).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const feed = this.#feed;
    this.#feed = undefined;
    await (await feed?.catch(() => undefined))?.close();
  }

  #open(commId: string): void {
    if (this.#isClosed) return;
    this.#comms.add(commId);
    const [silentest] = this.#comms;
    if (this.#comms.size > maxComms && silentest !== undefined) {
      this.#comms.delete(silentest);
      this.#publish('comm_close', silentest, {});
    }
    this.#openFeed().then(
      (feed) => feed.tell(),
      (error: unknown) => {
        this.#options.log.error('panel not served', { error: messageOf(error) });
        this.#comms.delete(commId);
        this.#publish('comm_close', commId, {});
      },
    );
  }

  #openFeed(): Promise<PanelFeed> {
    this.#feed ??= this.#makeFeed();
    this.#feed.catch(() => (this.#feed = undefined));
    return this.#feed;
  }

  async #makeFeed(): Promise<PanelFeed> {
    const { PanelFeed: Feed } = await import('./panel-feed.js');
    const feed = new Feed({
      ...this.#options,
      push: (state) => {
        for (const commId of this.#comms) this.#send(commId, { type: 'state', state });
      },
    });
    await feed.open(this.#link);
    return feed;
  }

  async #handle(commId: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    this.#comms.delete(commId);
    this.#comms.add(commId);
    const request = parsePanelRequest(data);
    if (typeof request === 'string') {
      const id = typeof data['id'] === 'number' ? data['id'] : -1;
      this.#send(commId, { type: 'answer', id, status: 'error', message: request });
      return;
    }
    try {
      const feed = await this.#openFeed();
      this.#send(commId, await feed.handle(request));
    } catch (error) {
      const message = `The panel is not served: ${messageOf(error)}. Restart the kernel.`;
      this.#send(commId, { type: 'answer', id: request.id, status: 'error', message });
    }
  }

  /** Nobody looks any more: the engines need not measure themselves. */
  #closeIfUnseen(): void {
    if (this.#comms.size > 0) return;
    const feed = this.#feed;
    this.#feed = undefined;
    void feed?.then((open) => open.close()).catch(() => undefined); // it never began
  }

  #send(commId: string, message: PanelMessage): void {
    this.#publish('comm_msg', commId, { ...message });
  }

  #publish(
    type: 'comm_msg' | 'comm_close',
    commId: string,
    data: Readonly<Record<string, unknown>>,
  ): void {
    this.#options.publish({ type, content: commContent({ commId, data }) });
  }
}
