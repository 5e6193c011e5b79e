import { expect, test } from 'vitest';
import type { ClusterSummary } from '../../../lib/cluster/cluster-list.js';
import { chooseCluster } from '../../../lib/cluster/resolve-cluster.js';

function cluster(clusterId: string, more: Partial<ClusterSummary> = {}): ClusterSummary {
  return { clusterId, profileDir: '/p', state: 'running', kind: 'pxlab', ...more };
}

const own = cluster('own', { owner: { id: 'me', kind: 'kernel' } });
const strange = cluster('strange', { owner: { id: 'you', kind: 'kernel' } });
const shared = cluster('');

test("a notebook's own cluster comes first", () => {
  expect(chooseCluster([strange, shared, own], 'me')).toBe(own);
});

test('the only shared one comes next', () => {
  expect(chooseCluster([strange, shared], 'me')).toBe(shared);
});

test("another notebook's cluster, and a dead one, are none", () => {
  expect(chooseCluster([strange, cluster('dead', { state: 'dead' })], 'me')).toBeUndefined();
});

test('one that another host has recorded counts when it answers', () => {
  const silent = cluster('silent', { state: 'elsewhere', host: 'gone', isReachable: false });
  const answering = cluster('far', { state: 'elsewhere', host: 'node7', isReachable: true });

  expect(chooseCluster([silent], 'me')).toBeUndefined();
  expect(chooseCluster([silent, answering], 'me')).toBe(answering);
});

test('several shared ones are an error that lists them', () => {
  expect(() => chooseCluster([shared, cluster('big', { host: 'node7' })], 'me')).toThrow(
    "There are 2 clusters: '' (the one without an id), 'big' on node7.",
  );
});
