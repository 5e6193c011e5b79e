import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Child } from '../../lib/process/child.js';

/** Runs a program to its end; true when it did what it was asked. */
export async function run(command: string, ...args: string[]): Promise<boolean> {
  const child = await Child.spawn({ command, args, output: 'capture' });
  return (await child.exited).code === 0;
}

/**
 * A file system of its own at `path`, with so many free blocks of 4 KiB, until the test ends; undefined
 * where none can be mounted, since root alone can.
 */
export async function mountFullDisk(path: string, freeBlocks: number): Promise<string | undefined> {
  await mkdir(path, { recursive: true });
  if (!(await run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path))) return undefined;
  onTestFinished(async () => {
    await run('umount', path);
  });
  await mkdir(join(path, 'log'));
  await run('dd', 'if=/dev/zero', `of=${join(path, 'fill')}`);
  await run('truncate', '-s', `-${freeBlocks * 4}K`, join(path, 'fill'));
  return path;
}
