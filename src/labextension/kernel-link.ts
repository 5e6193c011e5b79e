import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import { type PanelMessage, type PanelRequest, panelTarget } from '../wire/panel-messages.js';
import type { Link } from './link.js';
import { parsePanelMessage } from './parse-message.js';
import { RestartWatch } from './restart-watch.js';

/** Name of our kernelspec, and what our kernels call themselves. */
const kernelName = 'pxlab';

/** Of a kernel that hears no good-bye. */
const hasEnded: ReadonlySet<Kernel.Status> = new Set([
  'dead',
  'terminating',
  'restarting',
  'autorestarting',
]);

export interface LinkListener {
  onLink(link: Link): void;
  onMessage(message: PanelMessage, clockAheadMs: number): void;
}

/**
 * The comm to the kernel of a notebook. It is open while someone looks and the kernel is there, and is opened
 * anew when the kernel was restarted or the connection was lost.
 */
export class KernelLink {
  readonly #listener: LinkListener;
  #context: ISessionContext | null = null;
  #isWanted = false;
  #comm: Kernel.IComm | undefined;
  #link: Link = { kind: 'no-notebook' };
  /** Kernel connections that have said that they are ours, or are not. */
  readonly #isOurs = new WeakMap<Kernel.IKernelConnection, boolean>();
  readonly #restart: RestartWatch = new RestartWatch(() => this.#update());
  /** The connection whose kernel closed the comm: it is not asked again by itself. */
  #refusal: { readonly kernel: Kernel.IKernelConnection; readonly link: Link } | undefined;

  constructor(listener: LinkListener) {
    this.#listener = listener;
  }

  /** Whether the kernel of `context` is ours, as far as can be told without asking it. */
  static isOurs(context: ISessionContext | undefined): boolean {
    return context?.session?.kernel?.name === kernelName;
  }

  follow(context: ISessionContext | null): void {
    this.#ignore();
    this.#context = context;
    this.#refusal = undefined;
    context?.kernelChanged.connect(this.#onChange);
    context?.statusChanged.connect(this.#onChange);
    context?.connectionStatusChanged.connect(this.#onChange);
    context?.disposed.connect(this.#onDisposed);
    this.#update();
  }

  /** Whether someone looks. While nobody does, the kernel need not tell anything. */
  setWanted(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#update();
  }

  /** Tries once more what it had given up. */
  retry(): void {
    this.#refusal = undefined;
    const kernel = this.#context?.session?.kernel;
    // Its outcome is heard as a change of the connection's status.
    if (kernel?.connectionStatus === 'disconnected') kernel.reconnect().catch(() => undefined);
    this.#update();
  }

  /** @param request - Lost when the link is not live. */
  send(request: PanelRequest): void {
    this.#comm?.send(asJson(request));
  }

  close(): void {
    this.#ignore();
    this.#context = null;
  }

  readonly #onChange = (): void => this.#update();
  readonly #onDisposed = (): void => this.follow(null);

  #ignore(): void {
    this.#closeComm();
    this.#restart.forget();
    const context = this.#context;
    context?.kernelChanged.disconnect(this.#onChange);
    context?.statusChanged.disconnect(this.#onChange);
    context?.connectionStatusChanged.disconnect(this.#onChange);
    context?.disposed.disconnect(this.#onDisposed);
  }

  /** Opens or closes the comm as things stand, and says how they do. */
  #update(): void {
    const kernel = this.#context?.session?.kernel ?? undefined;
    const obstacle = this.#obstacle(kernel);
    if (obstacle !== undefined || kernel === undefined || !this.#isWanted) {
      this.#closeComm();
      this.#tell(obstacle ?? { kind: 'waiting', for: 'answer' });
      return;
    }
    // JupyterLab disposes of a kernel's comms when it restarts.
    if (this.#comm?.isDisposed === false) return;
    this.#tell({ kind: 'waiting', for: this.#awaited(kernel) });
    this.#openComm(kernel);
  }

  /** What the first answer of a kernel that was asked takes. */
  #awaited({ status }: Kernel.IKernelConnection): 'restart' | 'kernel' | 'answer' {
    if (this.#restart.isUnderWay) return 'restart';
    return status === 'starting' ? 'kernel' : 'answer';
  }

  /** Why no comm can be opened now, if so. */
  #obstacle(kernel: Kernel.IKernelConnection | undefined): Link | undefined {
    if (this.#context === null) return { kind: 'no-notebook' };
    if (kernel === undefined) return withoutKernel(this.#context);
    if (!this.#checkOurs(kernel)) {
      return { kind: 'other-kernel', kernelName: this.#context.kernelDisplayName };
    }
    const obstacle = this.#unreachable(kernel);
    if (obstacle !== undefined) return obstacle;
    return this.#refusal?.kernel === kernel ? this.#refusal.link : undefined;
  }

  #unreachable(kernel: Kernel.IKernelConnection): Link | undefined {
    const { status, connectionStatus } = kernel;
    if (status === 'dead' || status === 'terminating') return { kind: 'gone', why: 'dead' };
    if (connectionStatus === 'disconnected') return { kind: 'gone', why: 'disconnected' };
    // Nobody may have heard yet how a new kernel does: it hears us as soon as it can.
    if (this.#restart.look(kernel)) return undefined;
    return { kind: 'waiting', for: this.#restart.isUnderWay ? 'restart' : 'connection' };
  }

  /** A kernel of another name can be ours: it says so when it is asked for its info. */
  #checkOurs(kernel: Kernel.IKernelConnection): boolean {
    if (kernel.name === kernelName) return true;
    const known = this.#isOurs.get(kernel);
    if (known !== undefined) return known;
    this.#isOurs.set(kernel, false);
    kernel.info.then(
      ({ implementation }) => {
        this.#isOurs.set(kernel, implementation === kernelName);
        this.#update();
      },
      () => undefined, // it ended before it said anything
    );
    return false;
  }

  #openComm(kernel: Kernel.IKernelConnection): void {
    const comm = kernel.createComm(panelTarget);
    this.#comm = comm;
    let isLive = false;
    comm.onMsg = (message) => {
      if (this.#comm !== comm) return;
      isLive = true;
      this.#restart.forget();
      this.#tell({ kind: 'live' });
      this.#onMessage(message);
    };
    comm.onClose = () => {
      if (this.#comm !== comm) return;
      this.#comm = undefined;
      this.#refusal = { kernel, link: { kind: 'gone', why: isLive ? 'crowded' : 'refused' } };
      this.#update();
    };
    comm.open();
  }

  #onMessage({ content, header }: KernelMessage.ICommMsgMsg): void {
    const message = parsePanelMessage(content.data);
    if (message !== undefined) {
      this.#listener.onMessage(message, Date.now() - Date.parse(header.date));
    }
  }

  #closeComm(): void {
    const comm = this.#comm;
    this.#comm = undefined;
    if (comm?.isDisposed !== false) return;
    const { status = 'dead' } = this.#context?.session?.kernel ?? {};
    if (hasEnded.has(status)) comm.dispose();
    else comm.close();
  }

  #tell(link: Link): void {
    if (JSON.stringify(link) === JSON.stringify(this.#link)) return;
    this.#link = link;
    this.#listener.onLink(link);
  }
}

function withoutKernel({ isReady, hasNoKernel, kernelPreference }: ISessionContext): Link {
  if (isReady && hasNoKernel) return { kind: 'no-kernel' };
  // Its kernel was shut down or could not be started; while that is not known, it is about to start.
  return isReady || kernelPreference.canStart === false
    ? { kind: 'no-kernel' }
    : { kind: 'waiting', for: 'kernel' };
}

/** With lists as JupyterLab's types want them, which know nothing that is only read. */
function asJson(request: PanelRequest): JSONObject {
  if (request.type !== 'interrupt') return { ...request };
  const { engineIds, ...rest } = request;
  return engineIds === undefined ? rest : { ...rest, engineIds: [...engineIds] };
}
