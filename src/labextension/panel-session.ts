import type { ISessionContext } from '@jupyterlab/apputils';
import { type ISignal, Signal } from '@lumino/signaling';
import type { PanelCommand } from '../wire/panel-messages.js';
import { KernelLink } from './kernel-link.js';
import { type PanelEvent, PanelModel, type PanelView } from './panel-model.js';

/** The panel's model, fed by the kernel of the current notebook. */
export class PanelSession {
  readonly #model: PanelModel = new PanelModel();
  readonly #changed: Signal<this, void> = new Signal<this, void>(this);
  readonly #link: KernelLink = new KernelLink({
    onLink: (link) => this.#handle({ type: 'link-changed', link }),
    onMessage: (message, clockAheadMs) => this.#handle({ type: 'heard', message, clockAheadMs }),
  });
  #context: ISessionContext | null = null;

  get view(): PanelView {
    return this.#model.view;
  }

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** Whether the notebook's kernel is one that the panel is for. */
  get hasOurKernel(): boolean {
    return KernelLink.isOurs(this.#context ?? undefined);
  }

  follow(context: ISessionContext | null): void {
    if (context === this.#context) return;
    this.#context = context;
    this.#handle({ type: 'followed' });
    this.#link.follow(context);
  }

  setWanted(isWanted: boolean): void {
    this.#link.setWanted(isWanted);
  }

  /** Asks the kernel for something; what goes wrong becomes a notice. */
  ask(command: PanelCommand): void {
    this.#handle({ type: 'asked', command });
  }

  dismiss(noticeId: number): void {
    this.#handle({ type: 'dismissed', noticeId });
  }

  retry(): void {
    this.#link.retry();
  }

  close(): void {
    this.#link.close();
    Signal.clearData(this);
  }

  #handle(event: PanelEvent): void {
    for (const { request } of this.#model.handle(event)) this.#link.send(request);
    this.#changed.emit();
  }
}
