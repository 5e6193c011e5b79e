import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { messageOf } from '../../base/errors.js';
import { RuntimeFolder } from '../../cluster/runtime-folder.js';
import { ownIdentity } from '../../process/process-identity.js';
import { securityDir } from '../../wire/cluster-files.js';
import type { FolderFacts } from './findings.js';

/** Why ZeroMQ cannot be loaded; undefined when it can. */
export async function lookAtZeromq(): Promise<string | undefined> {
  try {
    await import('../../transport/socket.js');
    return undefined;
  } catch (error) {
    return messageOf(error).split('\n')[0];
  }
}

/** Binds a socket where clusters have theirs. Needs ZeroMQ. */
export async function lookAtSockets(): Promise<{ folder: string } | { error: string }> {
  const { Socket } = await import('../../transport/socket.js');
  try {
    const folder = await RuntimeFolder.create(await ownIdentity());
    const socket = new Socket('router');
    try {
      await socket.bind(`${folder.ipcBase}:1`);
      return { folder: folder.path.replace(/\/[^/]*$/, '') };
    } finally {
      await socket.close();
      await folder.close();
    }
  } catch (error) {
    return { error: messageOf(error) };
  }
}

export async function lookAtSharedMemory(): Promise<
  { sizeBytes: number; freeBytes: number } | undefined
> {
  try {
    const { bsize, blocks, bavail } = await statfs('/dev/shm');
    return { sizeBytes: bsize * blocks, freeBytes: bsize * bavail };
  } catch {
    return undefined;
  }
}

export async function lookAtOpenFiles(): Promise<number | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Infinity : Number(soft);
}

export async function lookAtSecurityFolder(profileDir: string): Promise<FolderFacts> {
  const path = securityDir({ profileDir });
  try {
    const { mode, uid } = await stat(path);
    const isWritable = await access(path, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    return { path, found: { mode, isOurs: uid === process.getuid?.(), isWritable } };
  } catch {
    return { path, found: undefined };
  }
}
