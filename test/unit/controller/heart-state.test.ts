import { beforeEach, expect, test } from 'vitest';
import { type HeartInstruction, HeartState } from '../../../src/controller/heart-state.js';

let heart: HeartState;
let payload: string;

beforeEach(() => {
  heart = new HeartState({ periodMs: 1000, maxMissed: 2 });
  payload = '';
});

/** Keeps the last payload, so that `answer` can echo it. */
function note(instructions: HeartInstruction[]): HeartInstruction[] {
  for (const instruction of instructions) {
    if (instruction.type === 'ping') payload = instruction.payload;
  }
  return instructions;
}

const accept = (uuid: string, nowMs: number) =>
  note(heart.handle({ type: 'engine-accepted', uuid, nowMs }));
const answer = (uuid: string, nowMs: number, echo = payload) =>
  note(heart.handle({ type: 'pong-arrived', uuid, payload: echo, nowMs }));
const pass = (nowMs: number) => note(heart.handle({ type: 'time-passed', nowMs }));
const lost = (instructions: HeartInstruction[]) =>
  instructions.flatMap((instruction) => (instruction.type === 'lost' ? [instruction.uuid] : []));

test('an engine that was accepted is pinged at once, and every 50 ms until it answers', () => {
  pass(0);
  expect(heart.nextWakeMs).toBe(1000);

  expect(accept('a', 10)).toEqual([{ type: 'ping', payload: '0.010000' }]);
  expect(heart.nextWakeMs).toBe(60);
  expect(pass(60)).toMatchObject([{ type: 'ping' }]);
  expect(answer('a', 61)).toEqual([{ type: 'began', uuid: 'a' }]);
  pass(110);

  expect(heart.nextWakeMs).toBe(1110);
});

test('thousands that come at once do not make the answers of the others too old', () => {
  pass(0);
  accept('a', 0);
  const ping = payload;
  for (let engine = 0; engine < 1000; engine += 1) accept(`b${engine}`, 1);

  expect(answer('a', 2, ping)).toEqual([{ type: 'began', uuid: 'a' }]);
  expect(heart.nextWakeMs).toBe(10);
  expect(pass(10)).toMatchObject([{ type: 'ping' }]);
});

test('only the first answer begins a heart', () => {
  accept('a', 0);

  expect(answer('a', 1)).toEqual([{ type: 'began', uuid: 'a' }]);
  expect(answer('a', 2)).toEqual([]);
});

test('an answer to what was never pinged is none, one of an engine nobody watches is told', () => {
  accept('a', 0);

  expect(answer('a', 1, '17')).toEqual([]);
  expect(answer('b', 1, '17')).toEqual([]);
  expect(answer('b', 1)).toEqual([{ type: 'tell-stranger', uuid: 'b' }]);
  expect(answer('a', 1)).toMatchObject([{ type: 'began' }]);
});

test('an engine that misses more periods than allowed is lost, once', () => {
  pass(0);
  accept('a', 0);
  answer('a', 1);

  const instructions = [1000, 2000, 3000, 4000, 5000].map((nowMs) => lost(pass(nowMs)));

  expect(instructions).toEqual([[], [], [], ['a'], []]);
});

test('one answer in a period makes up for all that was missed before', () => {
  pass(0);
  accept('a', 0);
  answer('a', 1);

  const instructions = Array.from({ length: 20 }, (_, index) => {
    const gone = lost(pass((index + 1) * 1000));
    if (index % 3 === 2) answer('a', (index + 1) * 1000 + 1);
    return gone;
  });

  expect(instructions.flat()).toEqual([]);
});

test('a broken link makes pings urgent for a while, but counts as no miss', () => {
  pass(0);
  accept('a', 0);
  answer('a', 1);
  pass(1000);

  expect(note(heart.handle({ type: 'link-lost', nowMs: 1200 }))).toMatchObject([{ type: 'ping' }]);
  const urgent = Array.from({ length: 12 }, (_, index) => pass(1250 + index * 50));

  expect(urgent.flat().filter(({ type }) => type === 'ping')).toHaveLength(10);
  expect(urgent.flatMap(lost)).toEqual([]);
});

test('an engine that stays silent after a link broke is probed once, others are not', () => {
  pass(0);
  for (const uuid of ['a', 'b']) {
    accept(uuid, 0);
    answer(uuid, 1);
  }
  note(heart.handle({ type: 'link-lost', nowMs: 100 }));
  answer('b', 101);

  const probes = [150, 200, 250, 300, 350, 400, 450, 500].flatMap((nowMs) =>
    pass(nowMs).filter(({ type }) => type === 'probe'),
  );

  expect(probes).toEqual([{ type: 'probe', uuid: 'a' }]);
});

test('an engine that is gone is not waited for', () => {
  pass(0);
  accept('a', 0);
  heart.handle({ type: 'engine-gone', uuid: 'a' });
  pass(50);

  expect(heart.nextWakeMs).toBe(1050);
  expect(answer('a', 60)).toEqual([{ type: 'tell-stranger', uuid: 'a' }]);
});

test('an answer that was slow counts, however many pings went out since: engines that come and go cost no other', () => {
  accept('a', 0);
  answer('a', 1);
  pass(1000);
  const slow = payload;
  for (let nowMs = 1010; nowMs < 1900; nowMs += 10)
    note(heart.handle({ type: 'link-lost', nowMs }));

  answer('a', 1900, slow);

  expect([2000, 3000, 4000].flatMap((nowMs) => lost(pass(nowMs)))).toEqual([]);
});

test('answers may be slow by many pings, not by any number', () => {
  accept('a', 0);
  const first = payload;
  for (let ping = 1; ping <= 64; ping += 1) pass(ping * 50);

  expect(answer('a', 4000, first)).toEqual([]);
  expect(answer('a', 4000)).toMatchObject([{ type: 'began' }]);
});
