import { describe, expect, test } from 'vitest';
import { parseClusterRequest } from '../../../src/wire/cluster-requests.js';
import { readState } from '../../../src/wire/cluster-state.js';
import { deathIn, descriptionIn, failureIn } from '../../../src/wire/engine-fields.js';
import { parseRegistration } from '../../../src/wire/hub-messages.js';
import type { JsonObject } from '../../../src/wire/message.js';

const description = { language: 'typescript', pid: 1, host: 'h', node: 'v20', version: '1' };

/** What no field should be. */
const oddities: readonly unknown[] = [null, 7, -1, 0.5, 'x', true, [], {}, [null], { toString: 1 }];

describe('fields of the wrong type', () => {
  test('of what an engine says of itself leave nothing of it', () => {
    expect(descriptionIn(description)).toEqual(description);
    for (const odd of oddities) expect(descriptionIn(odd)).toBeUndefined();
    expect(descriptionIn({ ...description, host: 1 })).toBeUndefined();
    expect(parseRegistration({ uuid: 'u', id: 0.5, pxlab: null })).toEqual({
      uuid: 'u',
      requestedId: undefined,
      description: undefined,
    });
  });

  test('of an error are as if they were absent', () => {
    for (const odd of [null, 7, [], {}]) {
      const content = {
        status: 'error',
        ename: odd,
        evalue: odd,
        traceback: odd,
        engine_info: odd,
      };
      expect(failureIn(content)).toEqual({
        status: 'error',
        ename: 'Error',
        evalue: '',
        traceback: [],
        engine_info: {},
      });
    }
  });

  test('of a death are left out, and without a known word there is none', () => {
    expect(deathIn({ how: 'killed', signal: 9, exitCode: 'x' })).toEqual({ how: 'killed' });
    for (const odd of oddities) expect(deathIn({ how: odd })).toBeUndefined();
  });

  test('of an engine take it out of the state of the cluster', () => {
    const engine = { id: 0, uuid: 'u', language: 'python', queued: 0, completed: 0 };
    const engines = [
      engine,
      ...oddities,
      { ...engine, cpuPercent: '5' },
      { ...engine, running: 1 },
    ];

    expect(readState({ engines, deaths: oddities })).toEqual({ engines: [engine], deaths: [] });
    for (const odd of oddities) {
      expect(readState({ engines: odd, deaths: odd })).toEqual({ engines: [], deaths: [] });
    }
  });
});

test('a uuid that ZeroMQ could not take as an identity is none', () => {
  expect(parseRegistration({ uuid: 'x'.repeat(255) })).toBeDefined();
  expect(parseRegistration({ uuid: 'x'.repeat(256) })).toBeUndefined();
});

test('no request starts more engines than any machine could hold', () => {
  const start = (n: unknown): (() => unknown) => {
    const content: JsonObject = { action: 'start-engines', n };
    return () => parseClusterRequest(content);
  };

  expect(start(4096)()).toEqual({ action: 'start-engines', n: 4096 });
  expect(start(4097)).toThrow('Expected `n` to be at most 4096, got 4097');
});
