import { execFileSync, execSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { spawnCount } from '../../../lib/process/spawn-count.js';

test('children are counted however they are started', async () => {
  const before = spawnCount();
  const { execSync: required } = createRequire(import.meta.url)('node:child_process') as {
    execSync: typeof execSync;
  };

  await once(spawn('true'), 'exit');
  expect(spawnCount() - before).toBe(1);
  expect(spawnSync('true').status).toBe(0);
  expect(spawnCount() - before).toBe(2);
  expect(execSync('echo a').toString()).toBe('a\n');
  expect(execFileSync('echo', ['b']).toString()).toBe('b\n');
  expect(required('echo c').toString()).toBe('c\n');
  expect(spawnCount() - before).toBe(5);
});
