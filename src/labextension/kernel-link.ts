import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import { type PanelMessage, type PanelRequest, panelTarget } from '../wire/panel-messages.js';
import type { Link } from './link.js';
import { parsePanelMessage } from './parse-message.js';

/** Name of our kernelspec, and what our kernels call themselves. */
const kernelName = 'pxlab';

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

  /** Asks a kernel once more that had closed the comm. */
  retry(): void {
    this.#refusal = undefined;
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
    if (obstacle !== undefined || !this.#isWanted || kernel === undefined) {
      this.#closeComm();
      this.#tell(obstacle ?? { kind: 'waiting', for: 'answer' });
      return;
    }
    // JupyterLab disposes of a kernel's comms when it restarts.
    if (this.#comm?.isDisposed === false) return;
    this.#tell({ kind: 'waiting', for: 'answer' });
    this.#openComm(kernel);
  }

  /** Why no comm can be opened now, if so. */
  #obstacle(kernel: Kernel.IKernelConnection | undefined): Link | undefined {
    if (this.#context === null) return { kind: 'no-notebook' };
    if (kernel === undefined) return withoutKernel(this.#context);
    const obstacle = unreachable(kernel);
    if (!this.#checkOurs(kernel)) {
      return { kind: 'other-kernel', kernelName: this.#context.kernelDisplayName };
    }
    if (obstacle !== undefined) return obstacle;
    return this.#refusal?.kernel === kernel ? this.#refusal.link : undefined;
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
      if (!isLive) this.#tell({ kind: 'live' });
      isLive = true;
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
    try {
      comm.close();
    } catch {
      comm.dispose(); // the kernel has died, so that nobody hears it
    }
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

const obstacles: Readonly<Record<Kernel.Status, Link | undefined>> = {
  dead: { kind: 'gone', why: 'dead' },
  terminating: { kind: 'gone', why: 'dead' },
  restarting: { kind: 'waiting', for: 'restart' },
  autorestarting: { kind: 'waiting', for: 'restart' },
  starting: { kind: 'waiting', for: 'kernel' },
  unknown: { kind: 'waiting', for: 'kernel' },
  idle: undefined,
  busy: undefined,
};

function unreachable({ status, connectionStatus }: Kernel.IKernelConnection): Link | undefined {
  const obstacle = obstacles[status];
  if (connectionStatus === 'connected' || status === 'dead') return obstacle;
  return obstacle?.kind === 'waiting' && obstacle.for === 'restart'
    ? obstacle
    : { kind: 'waiting', for: 'connection' };
}

/** With lists as JupyterLab's types want them, which know nothing that is only read. */
function asJson(request: PanelRequest): JSONObject {
  if (request.type !== 'interrupt') return { ...request };
  const { engineIds, ...rest } = request;
  return engineIds === undefined ? rest : { ...rest, engineIds: [...engineIds] };
}
