import type { MessagePort } from 'node:worker_threads';
import type { CapturedDescriptors } from '../runtime/descriptor-capture.js';
import type { ExitLink } from '../runtime/exit-link.js';
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
  readonly exit: ExitLink;
  /** Where to read what children of cells and native code print. */
  readonly descriptors: CapturedDescriptors | undefined;
  /** The process without which the kernel ends, if Jupyter told one. */
  readonly parentPid: number | undefined;
}
