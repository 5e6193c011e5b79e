import { expect, test } from 'vitest';
import { LeaseState, type Owner } from '../../../lib/cluster/lease-state.js';

const kernel: Owner = { id: 'k', kind: 'kernel' };
const script: Owner = { id: 's', kind: 'script' };
const limits = { firstMs: 10, graceMs: 60 };

function held(owner: Owner): LeaseState {
  const state = new LeaseState(owner, limits);
  state.handle({ type: 'started' });
  state.handle({ type: 'owner-connected', connection: 1, owner });
  return state;
}

test('a shared cluster waits for no one and refuses owners', () => {
  const state = new LeaseState(undefined, limits);

  expect(state.handle({ type: 'started' })).toEqual([]);
  expect(state.handle({ type: 'owner-connected', connection: 1, owner: kernel })).toEqual([
    { type: 'refuse', connection: 1 },
  ]);
  expect(state.handle({ type: 'disconnected', connection: 1 })).toEqual([]);
});

test('an owner that never comes ends the cluster', () => {
  const state = new LeaseState(script, limits);

  expect(state.handle({ type: 'started' })).toEqual([{ type: 'set-timer', durationMs: 10 }]);
  expect(state.handle({ type: 'time-over' })).toMatchObject([{ type: 'end-cluster' }]);
});

test('an owner that comes is taken, another is refused', () => {
  const state = new LeaseState(kernel, limits);

  expect(
    state.handle({ type: 'owner-connected', connection: 1, owner: { ...kernel, id: 'other' } }),
  ).toEqual([{ type: 'refuse', connection: 1 }]);
  expect(state.handle({ type: 'owner-connected', connection: 2, owner: kernel })).toEqual([
    { type: 'accept', connection: 2 },
    { type: 'clear-timer' },
  ]);
});

test('a script that dies ends its cluster at once', () => {
  expect(held(script).handle({ type: 'disconnected', connection: 1 })).toMatchObject([
    { type: 'end-cluster' },
  ]);
});

test('a kernel that dies may come back within its grace', () => {
  const state = held(kernel);

  expect(state.handle({ type: 'disconnected', connection: 1 })).toEqual([
    { type: 'set-timer', durationMs: 60 },
  ]);
  expect(state.handle({ type: 'owner-connected', connection: 2, owner: kernel })).toMatchObject([
    { type: 'accept' },
    { type: 'clear-timer' },
  ]);
  expect(state.handle({ type: 'time-over' })).toEqual([]);
});

test('a kernel that does not come back loses its cluster', () => {
  const state = held(kernel);
  state.handle({ type: 'disconnected', connection: 1 });

  expect(state.handle({ type: 'time-over' })).toMatchObject([{ type: 'end-cluster' }]);
});

test('a script that announces its restart may come back as well', () => {
  const state = held(script);
  state.handle({ type: 'restart-announced', connection: 1 });

  expect(state.handle({ type: 'disconnected', connection: 1 })).toEqual([
    { type: 'set-timer', durationMs: 60 },
  ]);
});

test('a release ends the cluster, whatever the kind of its owner', () => {
  expect(held(kernel).handle({ type: 'released', connection: 1 })).toMatchObject([
    { type: 'end-cluster' },
  ]);
});

test('only the connection that holds the lease can lose or release it', () => {
  const state = held(kernel);
  state.handle({ type: 'owner-connected', connection: 2, owner: kernel });

  expect(state.handle({ type: 'disconnected', connection: 1 })).toEqual([]);
  expect(state.handle({ type: 'released', connection: 1 })).toEqual([]);
  expect(state.isHeld).toBe(true);
});
