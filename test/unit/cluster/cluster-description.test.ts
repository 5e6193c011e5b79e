import { expect, test } from 'vitest';
import {
  controllerPidIn,
  formatClusterDescription,
} from '../../../lib/wire/cluster-description.js';

const text = formatClusterDescription({
  clusterId: 'c',
  profileDir: '/p',
  controller: { pid: 10, logFile: '/l' },
  engineSets: { first: [{ pid: 11, logFile: '/e' }], none: [] },
});

test('the description has the fields that ipyparallel reads, and no empty engine set', () => {
  expect(JSON.parse(text)).toMatchObject({
    cluster: { cluster_id: 'c', profile_dir: '/p', class: 'ipyparallel.cluster.cluster.Cluster' },
    controller: { class: 'local', state: { state: 'running', pid: 10, output_file: '/l' } },
    engines: {
      class: 'local',
      sets: { first: { n: 1, state: 'running', engines: { 0: { pid: 11, state: 'running' } } } },
    },
  });
  expect(text).not.toContain('none');
});

test('the pid of its controller is read back, from a damaged one none is', () => {
  expect(controllerPidIn(text)).toBe(10);
  for (const bad of ['', '{', 'null', '{"controller": 1}', '{"controller":{"state":{"pid":-1}}}']) {
    expect(controllerPidIn(bad)).toBeUndefined();
  }
});
