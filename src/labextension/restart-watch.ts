import type { Kernel } from '@jupyterlab/services';

/** A restart that JupyterLab announced and that did not come by then failed. */
const failedAfterMs = 20_000;

/**
 * Whether a kernel restarts. JupyterLab announces it, forgets it when it connects to the new process, and
 * until then passes on what the old one says while it ends.
 */
export class RestartWatch {
  readonly #onFailed: () => void;
  #phase: 'none' | 'announced' | 'connecting' | 'connected' = 'none';
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onFailed - Called when the kernel is not restarting any more, though nothing has happened. */
  constructor(onFailed: () => void) {
    this.#onFailed = onFailed;
  }

  /** Whether the kernel has restarted and has not said anything since. */
  get isUnderWay(): boolean {
    return this.#phase !== 'none';
  }

  /** Takes note of how the kernel is now. @returns whether it can be asked anything */
  look({ status, connectionStatus }: Kernel.IKernelConnection): boolean {
    const isConnected = connectionStatus === 'connected';
    if (status === 'restarting' || status === 'autorestarting') this.#announce();
    else if (this.#phase === 'announced' && !isConnected) this.#phase = 'connecting';
    else if (this.#phase === 'connecting' && isConnected) this.#phase = 'connected';
    return isConnected && (this.#phase === 'none' || this.#phase === 'connected');
  }

  /** The kernel has said something, or is of no interest any more. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#phase = 'none';
  }

  #announce(): void {
    this.#phase = 'announced';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.forget();
      this.#onFailed();
    }, failedAfterMs);
  }
}
