import { expect, test } from 'vitest';
import { fuzzClient } from '../support/fuzz-client.js';
import { fuzzCodec } from '../support/fuzz-codec.js';
import { fuzzController } from '../support/fuzz-controller.js';
import { fuzzEngine } from '../support/fuzz-engine.js';
import { fuzzSupervisor } from '../support/fuzz-supervisor.js';
import { openSandbox } from '../support/sandbox.js';

const seed = Date.now();
process.stdout.write(`seed ${seed}\n`);

/** Some hundred of them are for each place where messages arrive, however many messages that are. */
const fewLines = 1000;

test('150,000 messages with something wrong in them are refused with errors of ours, or read', async () => {
  const outcome = await fuzzCodec({ count: 150_000, seed });
  report(outcome);

  expect(outcome.faults).toEqual([]);
});

test('a controller works on after 100,000 messages with something wrong in them, in bounded memory', async () => {
  const outcome = await fuzzController({ count: 100_000, seed });
  report(outcome);

  expect(outcome.grownBytes).toBeLessThan(200e6);
  expect(outcome.logLines).toBeLessThan(fewLines);
});

test('an engine works on after 20,000 messages with something wrong in them, in bounded memory', async () => {
  const outcome = await fuzzEngine({ count: 20_000, seed });
  report(outcome);

  expect(outcome.answers).toBe(true);
  expect(outcome.grownBytes).toBeLessThan(300e6);
  expect(outcome.logLines).toBeLessThan(fewLines);
});

test('a client works on after 20,000 messages with something wrong in them, in bounded memory', async () => {
  const outcome = await fuzzClient({ count: 20_000, seed });
  report(outcome);

  expect(outcome.strays).toEqual([]);
  expect(outcome.answers).toBe(true);
  expect(outcome.grownBytes).toBeLessThan(200e6);
  expect(outcome.logLines).toBeLessThan(fewLines);
});

test('a supervisor works on after 10,000 requests with something wrong in them, in bounded memory', async () => {
  const sandbox = await openSandbox();
  const outcome = await fuzzSupervisor({ count: 10_000, seed }, sandbox);
  report(outcome);

  expect(outcome.values).toContain(42);
  expect(outcome.grownBytes).toBeLessThan(200e6);
  expect(outcome.logLines).toBeLessThan(fewLines);
  await sandbox.expectNothingLeft();
});

function report(outcome: object): void {
  process.stdout.write(`${JSON.stringify(outcome).slice(0, 2000)}\n`);
}
