import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import {
  identityOf,
  isProcessIdentity,
  livenessOf,
  startTimeInPs,
  startTimeInStat,
} from '../../../lib/process/process-identity.js';

const tail =
  '1 10 10 0 -1 4194560 2014 0 0 0 4 1 0 0 20 0 7 0 71337 1069588480 11522 18446744073709551615';

test('the start time is found behind a name with spaces and parentheses', () => {
  expect(startTimeInStat(`4242 (my (odd) name) S ${tail}`)).toBe('71337');
});

test('a zombie counts as no process', () => {
  expect(startTimeInStat(`4242 (node) Z ${tail}`)).toBeUndefined();
});

test('the start time is read from the line of ps', () => {
  expect(startTimeInPs('Ss   Mon Nov  3 10:15:00 2025\n')).toBe('Mon Nov 3 10:15:00 2025');
  expect(startTimeInPs('Z+   Mon Nov  3 10:15:00 2025\n')).toBeUndefined();
  expect(startTimeInPs('')).toBeUndefined();
});

test('a process is itself, another start at its pid is not, one of another host is unknown', async () => {
  const own = await identityOf(process.pid);

  expect(own).toMatchObject({ pid: process.pid, host: hostname() });
  if (own === undefined) throw new Error('no identity');
  await expect(livenessOf(own)).resolves.toBe('alive');
  await expect(livenessOf({ ...own, startTime: '1' })).resolves.toBe('dead');
  await expect(livenessOf({ ...own, bootId: 'an earlier boot' })).resolves.toBe('dead');
});

test('of a process of another host nothing is known, unless that is this machine by another name', async () => {
  const own = await identityOf(process.pid);
  if (own === undefined) throw new Error('this process runs');
  const there = { ...own, host: 'somewhere' };

  await expect(livenessOf({ ...there, bootId: 'of somewhere' })).resolves.toBe('elsewhere');
  await expect(livenessOf({ ...there, startTime: '1', pidNamespace: 'pid:[1]' })).resolves.toBe(
    'elsewhere',
  );
  if (process.platform !== 'linux') return;
  await expect(livenessOf(there)).resolves.toBe('alive');
  await expect(livenessOf({ ...there, startTime: '1' })).resolves.toBe('dead');
});

test('a pid that no process has gives no identity', async () => {
  await expect(identityOf(0x7fff_fff0)).resolves.toBeUndefined();
});

test('an identity from a file is checked', () => {
  const good = { pid: 12, startTime: '1', bootId: '', host: 'a' };

  expect(isProcessIdentity(good)).toBe(true);
  for (const bad of [
    null,
    12,
    {},
    { ...good, pid: '12' },
    { ...good, pid: 0 },
    { ...good, host: 1 },
  ]) {
    expect(isProcessIdentity(bad)).toBe(false);
  }
});
