import { expect, test } from 'vitest';
import { ClusterState } from '../../../lib/cluster/cluster-state.js';

const killed = { code: null, signal: 'SIGKILL' } as const;
const exited = { code: 3, signal: null } as const;

function registered(): ClusterState {
  const state = new ClusterState();
  state.handle({ type: 'launched', key: '0', pid: 10 });
  state.handle({ type: 'registered', uuid: 'a', pid: 10 });
  return state;
}

test('an engine is known by its pid, whichever of launch and registration comes first', () => {
  const launchedFirst = new ClusterState();
  launchedFirst.handle({ type: 'launched', key: '0', pid: 10 });
  expect(launchedFirst.handle({ type: 'registered', uuid: 'a', pid: 10 })).toEqual([
    { type: 'report-registered', key: '0', uuid: 'a' },
  ]);

  const registeredFirst = new ClusterState();
  expect(registeredFirst.handle({ type: 'registered', uuid: 'a', pid: 10 })).toEqual([]);
  expect(registeredFirst.handle({ type: 'launched', key: '0', pid: 10 })).toEqual([
    { type: 'report-registered', key: '0', uuid: 'a' },
  ]);
  expect(registeredFirst.keyOf('a')).toBe('0');
});

test('a death is reported with signal or exit code, once', () => {
  const state = registered();
  expect(state.handle({ type: 'exited', key: '0', exit: killed })).toEqual([
    { type: 'report-death', uuid: 'a', death: { how: 'killed', signal: 'SIGKILL' } },
  ]);
  expect(state.handle({ type: 'lease-ended', uuid: 'a' })).toEqual([]);
  expect(state.keyOf('a')).toBeUndefined();

  expect(registered().handle({ type: 'exited', key: '0', exit: exited })).toEqual([
    { type: 'report-death', uuid: 'a', death: { how: 'exited', exitCode: 3 } },
  ]);
});

test('a lease that ends first waits for the exit of its process', () => {
  const state = registered();

  expect(state.handle({ type: 'lease-ended', uuid: 'a' })).toEqual([
    { type: 'await-exit', uuid: 'a' },
  ]);
  expect(state.handle({ type: 'exited', key: '0', exit: killed })).toHaveLength(1);
  expect(state.handle({ type: 'exit-overdue', uuid: 'a' })).toEqual([]);
});

test('an engine that let go of its lease and lives on has left', () => {
  const state = registered();
  state.handle({ type: 'lease-ended', uuid: 'a' });

  expect(state.handle({ type: 'exit-overdue', uuid: 'a' })).toEqual([
    { type: 'report-death', uuid: 'a', death: { how: 'left' } },
  ]);
});

test('an engine that was started by hand is dead when its lease ends', () => {
  const state = new ClusterState();

  expect(state.handle({ type: 'lease-ended', uuid: 'b' })).toEqual([
    { type: 'report-death', uuid: 'b', death: { how: 'exited' } },
  ]);
});

test('a process that ends before it registers failed to start', () => {
  const state = new ClusterState();
  state.handle({ type: 'launched', key: '0', pid: 10 });

  expect(state.handle({ type: 'exited', key: '0', exit: exited })).toEqual([
    { type: 'report-start-failure', key: '0', exit: exited },
  ]);
});
