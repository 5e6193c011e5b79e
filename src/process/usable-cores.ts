import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';

/** The text of a file, or undefined when it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/**
 * Number of cores that this process may keep busy: its affinity, cut down to the CPU time that its
 * control groups grant. At least 1; a quota of 2.5 cores counts as 2.
 */
export function usableCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cgroupCores(readText))));
}

/**
 * CPU time that the control groups (version 1 and 2) of this process grant, in cores; `Infinity` when
 * nothing limits it. A group is bound by those above it, so all are looked at.
 *
 * Sources: `man 7 cgroups`; kernel documentation, `admin-guide/cgroup-v2.rst` (`cpu.max`) and
 * `scheduler/sched-bwc.rst` (`cpu.cfs_quota_us`).
 */
export function cgroupCores(read: ReadText): number {
  const groups = parseGroups(read('/proc/self/cgroup') ?? '');
  const mounts = parseMounts(read('/proc/self/mountinfo') ?? '');
  const limits = mounts.flatMap((mount) => {
    const group = groups.find(({ controllers }) =>
      mount.isVersion2 ? controllers.length === 0 : controllers.includes('cpu'),
    );
    if (group === undefined) return [];
    return foldersOf(mount, group).map((folder) =>
      mount.isVersion2 ? coresOfVersion2(folder, read) : coresOfVersion1(folder, read),
    );
  });
  return Math.min(Infinity, ...limits);
}

interface Group {
  /** Empty in version 2. */
  readonly controllers: readonly string[];
  readonly path: string;
}

interface Mount {
  readonly isVersion2: boolean;
  /** The group that is visible at `folder`; not `/` in some containers. */
  readonly root: string;
  readonly folder: string;
}

/** Lines such as `4:cpu,cpuacct:/docker/12ab` and, for version 2, `0::/user.slice`. */
function parseGroups(text: string): Group[] {
  return text.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    return [{ controllers: controllers.split(',').filter((name) => name !== ''), path }];
  });
}

/** Lines such as `33 32 0:30 / /sys/fs/cgroup/cpu rw,nosuid shared:9 - cgroup cgroup rw,cpu`. */
function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [front = '', back = ''] = line.split(' - ');
    const [, , , root, folder] = front.split(' ');
    const [type, , options = ''] = back.split(' ');
    if (root === undefined || folder === undefined) return [];
    const isVersion2 = type === 'cgroup2';
    const isCpu = type === 'cgroup' && options.split(',').includes('cpu');
    return isVersion2 || isCpu ? [{ isVersion2, root, folder }] : [];
  });
}

/** The folder of `group` and those above it, up to the mount. */
function foldersOf(mount: Mount, group: Group): string[] {
  const inside = relative(mount.root, group.path);
  const parts = inside.startsWith('..') ? [] : inside.split('/').filter((part) => part !== '');
  return Array.from({ length: parts.length + 1 }, (_, depth) =>
    join(mount.folder, ...parts.slice(0, depth)),
  );
}

/** `cpu.max` is `QUOTA PERIOD`, or `max PERIOD`. */
function coresOfVersion2(folder: string, read: ReadText): number {
  const [quota, period] = (read(join(folder, 'cpu.max')) ?? 'max').trim().split(/\s+/);
  return ratio(quota, period);
}

/** A quota of -1 is none. */
function coresOfVersion1(folder: string, read: ReadText): number {
  return ratio(read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us')));
}

function ratio(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Infinity;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // no such control group, or not on Linux
  }
}
