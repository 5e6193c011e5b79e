import type {
  PanelAnswer,
  PanelCommand,
  PanelMessage,
  PanelRequest,
  PanelState,
} from '../wire/panel-messages.js';
import type { Link } from './link.js';
import { commandName, deathsSentence, linkSentence, nameOf } from './wording.js';

/** What the panel shows. */
export interface PanelView {
  readonly link: Link;
  /** As last heard; what it tells is old unless the link is live. */
  readonly state: PanelState | undefined;
  /** What the user should know, oldest first. */
  readonly notices: readonly Notice[];
  /** Requests that the kernel has not answered. */
  readonly asked: readonly PanelRequest[];
  /** Milliseconds by which the page's clock is ahead of the kernel's. */
  readonly clockAheadMs: number;
}

export interface Notice {
  readonly id: number;
  readonly kind: 'error' | 'death' | 'note';
  readonly text: string;
}

export type PanelEvent =
  /** Another kernel, or none: nothing of the last one is true. */
  | { readonly type: 'followed' }
  | { readonly type: 'link-changed'; readonly link: Link }
  | { readonly type: 'heard'; readonly message: PanelMessage; readonly clockAheadMs: number }
  | { readonly type: 'asked'; readonly command: PanelCommand }
  | { readonly type: 'dismissed'; readonly noticeId: number };

export interface PanelInstruction {
  readonly type: 'send';
  readonly request: PanelRequest;
}

/** More are not shown: the oldest goes. */
const maxNotices = 5;

const nothing: PanelView = {
  link: { kind: 'no-notebook' },
  state: undefined,
  notices: [],
  asked: [],
  clockAheadMs: 0,
};

/** What the panel knows of one kernel, without page and without kernel. */
export class PanelModel {
  #view: PanelView = nothing;
  /** Asked before the kernel could hear it. */
  #held: readonly PanelRequest[] = [];
  /** By cluster, the engines whose death was told or is old. */
  readonly #knownDeaths = new Map<string, ReadonlySet<string>>();
  #lastRequestId = 0;
  #lastNoticeId = 0;

  get view(): PanelView {
    return this.#view;
  }

  handle(event: PanelEvent): readonly PanelInstruction[] {
    switch (event.type) {
      case 'followed':
        this.#held = [];
        this.#knownDeaths.clear();
        this.#view = nothing;
        return [];
      case 'link-changed':
        return this.#onLink(event.link);
      case 'heard':
        this.#update({ clockAheadMs: event.clockAheadMs });
        return this.#onMessage(event.message);
      case 'asked':
        return this.#onAsked(event.command);
      case 'dismissed': {
        const notices = this.#view.notices.filter(({ id }) => id !== event.noticeId);
        this.#update({ notices });
        return [];
      }
      default:
        return assertNever(event);
    }
  }

  #onLink(link: Link): readonly PanelInstruction[] {
    const isOurs = link.kind === 'live' || link.kind === 'waiting' || link.kind === 'gone';
    this.#update({ link });
    if (!isOurs) this.#forgetCluster();
    if (link.kind === 'live') return this.#sendHeld();
    this.#failAsked(link);
    return [];
  }

  #onMessage(message: PanelMessage): readonly PanelInstruction[] {
    if (message.type === 'answer') {
      this.#onAnswer(message);
      return [];
    }
    this.#tellDeaths(message.state);
    this.#update({ state: message.state });
    return [];
  }

  #onAsked(command: PanelCommand): readonly PanelInstruction[] {
    const { link, asked } = this.#view;
    const request: PanelRequest = { ...command, id: ++this.#lastRequestId };
    this.#update({ asked: [...asked, request] });
    if (link.kind === 'live') return [{ type: 'send', request }];
    this.#held = [...this.#held, request];
    this.#failAsked(link);
    return [];
  }

  #sendHeld(): readonly PanelInstruction[] {
    const held = this.#held;
    this.#held = [];
    return held.map((request) => ({ type: 'send', request }));
  }

  /** What was asked of a kernel that is not there is not done, and the user hears so. */
  #failAsked(link: Link): void {
    const canWait = link.kind === 'waiting';
    const failed = this.#view.asked.filter((request) => !(canWait && this.#held.includes(request)));
    if (!canWait) this.#held = [];
    if (failed.length === 0) return;
    this.#update({ asked: this.#view.asked.filter((request) => !failed.includes(request)) });
    const why = linkSentence(link) ?? '';
    this.#tell('error', `No answer to “${failed.map(commandName).join(', ')}”. ${why}`);
  }

  #onAnswer(answer: PanelAnswer): void {
    const { asked } = this.#view;
    this.#update({ asked: asked.filter(({ id }) => id !== answer.id) });
    if (answer.status === 'error') this.#tell('error', answer.message);
    else if (answer.note !== undefined) this.#tell('note', answer.note);
  }

  /** What had happened before the panel looked is in its table, and no news. */
  #tellDeaths({ cluster }: PanelState): void {
    if (cluster === null) return;
    const name = nameOf(cluster);
    const known = this.#knownDeaths.get(name);
    const deaths = cluster.deaths.filter(({ uuid }) => known?.has(uuid) === false);
    const ids = cluster.deaths.map(({ uuid }) => uuid);
    this.#knownDeaths.set(name, new Set([...(known ?? []), ...ids]));
    if (deaths.length > 0) this.#tell('death', deathsSentence(deaths));
  }

  #forgetCluster(): void {
    const notices = this.#view.notices.filter(({ kind }) => kind === 'error');
    this.#knownDeaths.clear();
    this.#update({ state: undefined, notices });
  }

  #tell(kind: Notice['kind'], text: string): void {
    const notice = { id: ++this.#lastNoticeId, kind, text };
    // What was said of the same thing before is no news beside it.
    const others = this.#view.notices.filter((old) => old.text !== text && old.kind !== 'note');
    this.#update({ notices: [...others, notice].slice(-maxNotices) });
  }

  #update(change: Partial<PanelView>): void {
    this.#view = { ...this.#view, ...change };
  }
}

function assertNever(value: never): never {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`);
}
