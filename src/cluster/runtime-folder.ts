import { join } from 'node:path';
import type { Closeable } from '../base/scope.js';
import { createPrivateFolder, removePrivateFolder } from '../process/private-folder.js';
import type { ProcessIdentity } from '../process/process-identity.js';

/** The folder of a cluster's sockets, and of the pipes of engines that start. */
export class RuntimeFolder implements Closeable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(owner: ProcessIdentity): Promise<RuntimeFolder> {
    return new RuntimeFolder(await createPrivateFolder(owner));
  }

  /** Base of the addresses of the controller's sockets; a port follows behind a colon. */
  get ipcBase(): string {
    return `ipc://${join(this.path, 's')}`;
  }

  /** Where owners and engines hold their lease. */
  get leasePath(): string {
    return join(this.path, 'lease');
  }

  close(): Promise<void> {
    return removePrivateFolder(this.path);
  }
}
