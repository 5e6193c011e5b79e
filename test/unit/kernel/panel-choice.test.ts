import { expect, test } from 'vitest';
import type { ClusterSummary } from '../../../lib/cluster/cluster-list.js';
import { othersThan, panelChoice } from '../../../lib/kernel/panel-choice.js';

const cluster = (clusterId: string, rest: Partial<ClusterSummary> = {}): ClusterSummary => ({
  clusterId,
  profileDir: '/p',
  state: 'running',
  kind: 'pxlab',
  engineCount: 2,
  ...rest,
});
const ofKernel = { owner: { id: 'k1', kind: 'kernel' as const } };
const notebook = { kernelId: 'k1', link: undefined };

test('before a notebook has a cluster, the one that its next cell would take is shown', () => {
  const shared = cluster('night');

  expect(panelChoice([], notebook)).toBeUndefined();
  expect(panelChoice([shared], notebook)).toEqual({ clusterId: 'night', ownership: 'shared' });
  expect(panelChoice([shared, cluster('a', ofKernel)], notebook)).toEqual({
    clusterId: 'a',
    ownership: 'own',
  });
});

test('of several shared clusters none is shown until one is taken', () => {
  const clusters = [cluster('day'), cluster('night')];

  expect(panelChoice(clusters, notebook)).toBeUndefined();
  const link = { clusterId: 'night', connectionFile: '/f', isOwner: false };
  expect(panelChoice(clusters, { kernelId: 'k1', link })).toEqual({
    clusterId: 'night',
    connectionFile: '/f',
    ownership: 'shared',
  });
});

test('clusters that died or are of other hosts are neither shown nor offered', () => {
  const clusters = [cluster('dead', { state: 'dead' }), cluster('far', { state: 'elsewhere' })];

  expect(panelChoice(clusters, notebook)).toBeUndefined();
  expect(othersThan(clusters, undefined)).toEqual([]);
});

test('the others are told with whose they are', () => {
  const clusters = [
    cluster('mine', ofKernel),
    cluster('day'),
    cluster('job', { owner: { id: 's', kind: 'script' } }),
  ];

  expect(othersThan(clusters, 'mine')).toEqual([
    { clusterId: 'day', engineCount: 2, ownership: 'shared' },
    { clusterId: 'job', engineCount: 2, ownership: 'script' },
  ]);
});
