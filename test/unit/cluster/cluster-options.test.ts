import { expect, test } from 'vitest';
import { supervisorOptionsOf } from '../../../lib/cluster/cluster-options.js';

test('by default a cluster belongs to this process and opens no TCP port', () => {
  const options = supervisorOptionsOf({ profileDir: '/p' });

  expect(options.n).toBeGreaterThanOrEqual(1);
  expect(options.tcp).toBeUndefined();
  expect(options.owner).toEqual({ id: `script-${process.pid}`, kind: 'script' });
  expect(options.clusterId).toMatch(/^\d+-[0-9a-f]{4}$/);
});

test('an address opens TCP, guarded unless told otherwise', () => {
  expect(supervisorOptionsOf({ ip: '*' }).tcp).toEqual({ ip: '*', curve: true });
  expect(supervisorOptionsOf({ tcp: true, curve: false }).tcp).toEqual({
    ip: '127.0.0.1',
    curve: false,
  });
});

test('a shared cluster has no owner', () => {
  expect(supervisorOptionsOf({ owner: null })).not.toHaveProperty('owner');
});

test.each([
  [{ n: -1 }, '-1'],
  [{ n: 1.5 }, '1.5'],
  [{ clusterId: '../x' }, "'../x'"],
])('%j is refused with its value', (options, value) => {
  expect(() => supervisorOptionsOf(options)).toThrow(value);
});
