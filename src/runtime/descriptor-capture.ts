import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createPrivateFolder, removePrivateFolder } from '../process/private-folder.js';
import { ownIdentity } from '../process/process-identity.js';
import { runSync } from '../process/run-sync.js';

/** The ends to read what comes out of descriptors 1 and 2: descriptors of this process. */
export interface CapturedDescriptors {
  readonly stdout: number;
  readonly stderr: number;
}

export interface DescriptorCapture {
  /** For the I/O worker; undefined where it could not be done, as without `mkfifo`. */
  readonly descriptors: CapturedDescriptors | undefined;
  /** Writes to what was stderr before; to nothing when that was a socket, which cannot be kept. */
  writeLog(text: string): void;
}

/**
 * Puts pipes in the place of the process's stdout and stderr, so that what bypasses JavaScript arrives
 * as output too: what children print that inherit them, and native code.
 *
 * To be called before any thread or socket exists: the lowest free descriptor is taken for granted.
 * The writing ends block, as programs expect of their stdout; the reading ends do not.
 *
 * @param folder - Where the pipes have their names for a moment: a folder that is removed with the whole
 *   cluster. By default one of this process's own, which a later start removes if this process is killed
 *   in that moment.
 */
export async function captureDescriptors(folder?: string): Promise<DescriptorCapture> {
  const log = reopenStderr();
  return {
    descriptors: await replaceDescriptors(folder),
    writeLog: (text) => {
      if (log !== undefined) writeWhole(log, text);
    },
  };
}

async function replaceDescriptors(
  given: string | undefined,
): Promise<CapturedDescriptors | undefined> {
  if (process.platform === 'win32') return undefined;
  if (given !== undefined && existsSync(given)) return replaceIn(mkdtempSync(join(given, 'fd-')));
  const own = await createPrivateFolder(await ownIdentity()).catch(() => undefined);
  if (own === undefined) return undefined; // no folder for temporary files: a cell can print all the same
  try {
    return replaceIn(own);
  } finally {
    await removePrivateFolder(own);
  }
}

function replaceIn(folder: string): CapturedDescriptors | undefined {
  try {
    const [stdout, stderr] = [join(folder, '1'), join(folder, '2')] as const;
    if (!runSync('mkfifo', ['-m', '600', stdout, stderr])) return undefined;
    return { stdout: replaceDescriptor(1, stdout), stderr: replaceDescriptor(2, stderr) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the reading end of `pipe`, whose writing end becomes `descriptor`. */
function replaceDescriptor(descriptor: 1 | 2, pipe: string): number {
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    closeSync(descriptor);
  } catch {
    // it was closed when the process started
  }
  const passed: number[] = [];
  for (;;) {
    const opened = openSync(pipe, constants.O_WRONLY);
    if (opened === descriptor) break;
    passed.push(opened); // a lower one was free, as stdin of a daemon
  }
  for (const lower of passed) closeSync(lower);
  return reader;
}

function reopenStderr(): number | undefined {
  for (const path of ['/proc/self/fd/2', '/dev/fd/2']) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_APPEND);
    } catch {
      // not of this platform, or a socket
    }
  }
  return undefined;
}

function writeWhole(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // whoever read it is gone
  }
}
