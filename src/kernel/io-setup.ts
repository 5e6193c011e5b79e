import type { MessagePort } from 'node:worker_threads';
import type { InterruptLink } from '../runtime/interrupt/interrupt-link.js';
import type { OutputLink } from '../runtime/output-link.js';
import type { KernelDescription } from '../wire/jupyter.js';
import type { JupyterConnection } from '../wire/jupyter-connection.js';

/** What the I/O worker is given when it starts. */
export interface IoSetup {
  readonly connection: JupyterConnection;
  /** Stays the same over restarts of the kernel. */
  readonly kernelId: string;
  readonly description: KernelDescription;
  /** Its end of the way of requests and answers. */
  readonly port: MessagePort;
  readonly outputs: OutputLink;
  readonly interrupts: InterruptLink;
  /** One Int32: 1 once every socket is closed, so that the process may end. */
  readonly closed: SharedArrayBuffer;
  /** The process without which the kernel ends, if Jupyter told one. */
  readonly parentPid: number | undefined;
}
