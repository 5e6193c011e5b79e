import { expect, test } from 'vitest';
import { cgroupCores, usableCores } from '../../../lib/process/usable-cores.js';

/** Files of /proc and /sys as recorded on the machines that the tests name. */
function cores(files: Record<string, string>): number {
  return cgroupCores((path) => files[path]);
}

test('a container under control groups version 2 is bound by its own cpu.max', () => {
  const found = cores({
    '/proc/self/cgroup': '0::/\n',
    '/proc/self/mountinfo':
      '651 640 0:28 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate\n',
    '/sys/fs/cgroup/cpu.max': '150000 100000\n',
  });

  expect(found).toBe(1.5);
});

test('a service under version 2 is bound by the tightest group above it', () => {
  const found = cores({
    '/proc/self/cgroup': '0::/user.slice/user-1000.slice/session-3.scope\n',
    '/proc/self/mountinfo':
      '30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw\n',
    '/sys/fs/cgroup/user.slice/cpu.max': 'max 100000\n',
    '/sys/fs/cgroup/user.slice/user-1000.slice/cpu.max': '200000 100000\n',
    '/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope/cpu.max': '400000 100000\n',
  });

  expect(found).toBe(2);
});

test('a container under version 1 sees its group as the root of the mount', () => {
  const found = cores({
    '/proc/self/cgroup':
      '11:cpu,cpuacct:/docker/12ab\n9:cpuset:/docker/12ab\n0::/system.slice/containerd.service\n',
    '/proc/self/mountinfo': [
      '860 858 0:31 /docker/12ab /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct',
      '861 858 0:32 /docker/12ab /sys/fs/cgroup/cpuset ro,nosuid - cgroup cgroup rw,cpuset',
    ].join('\n'),
    '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '300000\n',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
  });

  expect(found).toBe(3);
});

test('version 1 and 2 side by side: the quota of -1 is none', () => {
  const found = cores({
    '/proc/self/cgroup': '4:memory:/api/71\n1:cpu:/\n0::/\n',
    '/proc/self/mountinfo': [
      '33 32 0:30 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
      '41 32 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
    ].join('\n'),
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  });

  expect(found).toBe(Infinity);
});

test('without control groups nothing limits', () => {
  expect(cores({})).toBe(Infinity);
});

test('this process may use at least one core', () => {
  expect(usableCores()).toBeGreaterThanOrEqual(1);
});
