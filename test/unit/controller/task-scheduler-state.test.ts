// In one file, though long: one state machine, and one test for each of its rules.

import { describe, expect, test } from 'vitest';
import { noDependency, type Dependency } from '../../../src/controller/dependency.js';
import { pickers } from '../../../src/controller/schemes.js';
import type {
  Task,
  TaskAnswer,
  TaskInstruction,
  TaskSchedulerOptions,
} from '../../../src/controller/task-events.js';
import { TaskSchedulerState } from '../../../src/controller/task-scheduler-state.js';

/** A scheduler with engines, and what happened said in short words: `t1→a`, `t1 done`, `t1 lost`. */
class Lab {
  readonly state: TaskSchedulerState;

  constructor(engines: string[], options: TaskSchedulerOptions = {}) {
    this.state = new TaskSchedulerState(options);
    for (const engine of engines.toReversed()) this.join(engine);
  }

  join(engine: string): string[] {
    return words(this.state.handle({ type: 'engine-registered', engine }));
  }

  submit(id: string, wishes: Partial<Task> = {}, nowMs = 0): string[] {
    const task = {
      id,
      targets: [],
      after: noDependency,
      follow: noDependency,
      timeoutMs: undefined,
      retries: 0,
      ...wishes,
    };
    return words(this.state.handle({ type: 'task-submitted', task, nowMs }));
  }

  answer(id: string, engine: string, answer: TaskAnswer = 'ok', nowMs = 0): string[] {
    return words(this.state.handle({ type: 'task-answered', id, engine, answer, nowMs }));
  }

  lose(engine: string): string[] {
    return words(this.state.handle({ type: 'engine-lost', engine }));
  }

  silence(engine: string): string[] {
    return words(this.state.handle({ type: 'engine-silent', engine, nowMs: 0 }));
  }

  /** The engine goes on, but these were lost on the way. */
  strand(engine: string, ...ids: string[]): string[] {
    return words(this.state.handle({ type: 'tasks-lost', engine, ids, nowMs: 0 }));
  }

  pass(nowMs: number): string[] {
    return words(this.state.handle({ type: 'time-passed', nowMs }));
  }

  withdraw(...ids: string[]): string[] {
    return words(this.state.handle({ type: 'tasks-withdrawn', ids }));
  }
}

function words(instructions: TaskInstruction[]): string[] {
  return instructions.map((instruction) => {
    switch (instruction.type) {
      case 'send-task':
        return `${instruction.id}→${instruction.engine}`;
      case 'relay-reply':
        return `${instruction.id} done`;
      case 'fail-task':
        return `${instruction.id} ${instruction.failure}`;
    }
  });
}

const on = (...ids: string[]): Dependency => ({ ...noDependency, ids });

describe('balance', () => {
  test('tasks go to the engine that was idle for longest, and wait when all are busy', () => {
    const lab = new Lab(['a', 'b']);

    expect(lab.submit('t1')).toEqual(['t1→a']);
    expect(lab.submit('t2')).toEqual(['t2→b']);
    expect(lab.submit('t3')).toEqual([]);
    expect(lab.answer('t2', 'b')).toEqual(['t2 done', 't3→b']);
    expect(lab.answer('t1', 'a')).toEqual(['t1 done']);
    expect(lab.answer('t3', 'b')).toEqual(['t3 done']);
    expect(lab.submit('t4')).toEqual(['t4→a']);
  });

  test('what waits goes out in the order in which it came', () => {
    const lab = new Lab(['a']);
    lab.submit('t0');
    for (const id of ['t1', 't2', 't3']) lab.submit(id);

    expect(lab.answer('t0', 'a')).toEqual(['t0 done', 't1→a']);
    expect(lab.answer('t1', 'a')).toEqual(['t1 done', 't2→a']);
  });

  test('a new engine is first in line and gets what waits', () => {
    const lab = new Lab(['a']);
    lab.submit('t1');
    lab.submit('t2');

    expect(lab.join('b')).toEqual(['t2→b']);
  });

  test('with a higher limit, the engine with the lowest load is next', () => {
    const lab = new Lab(['a', 'b'], { hwm: 2 });

    const sent = ['t1', 't2', 't3', 't4', 't5'].flatMap((id) => lab.submit(id));

    expect(sent).toEqual(['t1→a', 't2→b', 't3→a', 't4→b']);
    expect(lab.answer('t2', 'b')).toEqual(['t2 done', 't5→b']);
  });

  test('without a limit nothing waits', () => {
    const lab = new Lab(['a'], { hwm: 0 });

    expect(['t1', 't2', 't3'].flatMap((id) => lab.submit(id))).toHaveLength(3);
  });

  test.each(['lru', 'pure'] as const)('the scheme %s takes turns', (scheme) => {
    const lab = new Lab(['a', 'b', 'c'], { scheme, hwm: 0 });

    const sent = ['t1', 't2', 't3', 't4'].flatMap((id) => lab.submit(id));

    expect(sent).toEqual(['t1→a', 't2→b', 't3→c', 't4→a']);
  });

  test.each([
    ['plainrandom', [0.9], 2],
    ['twobin', [0.9, 0.1], 0],
    ['twobin', [0.5, 0.9], 1],
    ['weighted', [0.5, 0.5], 2],
    ['leastload', [], 2],
  ] as const)(
    'the scheme %s, with draws of %o, picks engine %i of three',
    (scheme, draws, pick) => {
      const rest = [...draws];

      expect(pickers[scheme]([2, 3, 0], () => rest.shift() ?? 0)).toBe(pick);
    },
  );

  test('twenty thousand tasks that wait pass through one after the other', () => {
    const lab = new Lab(['a', 'b', 'c', 'd']);
    const count = 20_000;
    const running: string[] = [];
    for (let task = 0; task < count; task += 1) running.push(...lab.submit(`t${task}`));
    let done = 0;
    for (let word = running.shift(); word !== undefined; word = running.shift()) {
      const [id = '', engine = ''] = word.split('→');
      const [, ...sent] = lab.answer(id, engine);
      running.push(...sent);
      done += 1;
    }

    expect(done).toBe(count);
  }, 20_000);
});

describe('targets', () => {
  test('ten thousand tasks for one engine hold up neither each other nor those for others', () => {
    const lab = new Lab(['a', 'b', 'c', 'd']);
    const count = 10_000;
    for (let task = 0; task < count; task += 1) lab.submit(`t${task}`, { targets: ['a'] });

    expect(lab.submit('other', { targets: ['b'] })).toEqual(['other→b']);
    for (let task = 0; task < count - 1; task += 1) {
      expect(lab.answer(`t${task}`, 'a')).toEqual([`t${task} done`, `t${task + 1}→a`]);
    }
  }, 5000);

  test('a task runs only where it may', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { targets: ['b'] });

    expect(lab.submit('t2', { targets: ['b'] })).toEqual([]);
    expect(lab.submit('t3')).toEqual(['t3→a']);
    expect(lab.answer('t1', 'b')).toEqual(['t1 done', 't2→b']);
  });

  test('tasks for different engines go in the order of their arrival, each as soon as it can', () => {
    const lab = new Lab(['a', 'b']);
    for (const [id, target] of ['a', 'b', 'a', 'b'].entries())
      lab.submit(`t${id}`, { targets: [target] });
    lab.submit('any');

    expect(lab.answer('t1', 'b')).toEqual(['t1 done', 't3→b']);
    expect(lab.answer('t3', 'b')).toEqual(['t3 done', 'any→b']);
    expect(lab.answer('t0', 'a')).toEqual(['t0 done', 't2→a']);
  });

  test('a task that waits for a busy engine does not hold up the others', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { targets: ['a'] });
    lab.submit('t2', { targets: ['a'] });

    expect(lab.submit('t3')).toEqual(['t3→b']);
  });

  test('a task for engines that are not there is impossible', () => {
    const lab = new Lab(['a']);

    expect(lab.submit('t1', { targets: ['z'] })).toEqual(['t1 impossible-dependency']);
  });

  test('a task that waits for an engine that dies is impossible', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { targets: ['a'] });
    lab.submit('t2', { targets: ['a'] });

    expect(lab.lose('a')).toEqual(['t2 impossible-dependency']);
  });
});

describe('failures', () => {
  test('an error is the answer when there are no retries', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1');

    expect(lab.answer('t1', 'a', 'error')).toEqual(['t1 done']);
  });

  test('a task with retries goes to another engine each time, and tells the last error', () => {
    const lab = new Lab(['a', 'b', 'c']);
    lab.submit('t1', { retries: 2 });

    expect(lab.answer('t1', 'a', 'error')).toEqual(['t1→b']);
    expect(lab.answer('t1', 'b', 'error')).toEqual(['t1→c']);
    expect(lab.answer('t1', 'c', 'error')).toEqual(['t1 done']);
  });

  test('a task that failed everywhere tells the last error, also when retries are left', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { retries: 5 });

    expect(lab.answer('t1', 'a', 'error')).toEqual(['t1→b']);
    expect(lab.answer('t1', 'b', 'error')).toEqual(['t1 done']);
  });

  test('one that failed everywhere and has a limited time waits so long for a new engine', () => {
    const lab = new Lab(['a']);
    lab.submit('t1', { retries: 1, timeoutMs: 100 });

    expect(lab.answer('t1', 'a', 'error')).toEqual([]);
    expect(lab.submit('t2')).toEqual(['t2→a']);
    expect(lab.join('b')).toEqual(['t1→b']);
  });

  test('a task with retries whose engine was the last fails with it, and so does one that waits to be retried', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { retries: 1 });
    lab.submit('t2', { retries: 1 });

    expect(lab.answer('t1', 'a', 'error')).toEqual([]);
    expect(lab.lose('b')).toEqual(['t1 impossible-dependency']);
    expect(lab.lose('a')).toEqual([]);
    expect(lab.silence('b')).toEqual(['t2 engine-lost']);
  });

  test('a task that every engine refuses is impossible', () => {
    const lab = new Lab(['a']);
    lab.submit('t1');

    expect(lab.answer('t1', 'a', 'dependency-unmet')).toEqual(['t1 impossible-dependency']);
  });

  test('a task whose targets have all failed it tells the last error', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { retries: 5, targets: ['a'] });

    expect(lab.answer('t1', 'a', 'error')).toEqual(['t1 done']);
  });

  test('a task that was aborted is not tried again', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { retries: 3 });

    expect(lab.answer('t1', 'a', 'aborted')).toEqual(['t1 done']);
  });

  test('an unmet dependency uses up no retry and is impossible when no engine is left', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { targets: ['a', 'b'] });

    expect(lab.answer('t1', 'a', 'dependency-unmet')).toEqual(['t1→b']);
    expect(lab.answer('t1', 'b', 'dependency-unmet')).toEqual(['t1 impossible-dependency']);
  });

  test('tasks of a dead engine fail once no reply can come; later ones go elsewhere', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1');
    lab.submit('t2');
    lab.submit('t3');

    expect(lab.lose('a')).toEqual([]);
    expect(lab.silence('a')).toEqual(['t1 engine-lost']);
    expect(lab.answer('t2', 'b')).toEqual(['t2 done', 't3→b']);
  });

  test('a reply that was on its way when its engine died still counts', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1');
    lab.lose('a');

    expect(lab.answer('t1', 'a')).toEqual(['t1 done']);
    expect(lab.silence('a')).toEqual([]);
  });

  test('a task with retries survives its engine, and a late reply of the dead one is ignored', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1', { retries: 1 });
    lab.lose('a');

    expect(lab.silence('a')).toEqual(['t1→b']);
    expect(lab.answer('t1', 'a')).toEqual([]);
    expect(lab.answer('t1', 'b')).toEqual(['t1 done']);
    expect(lab.answer('t1', 'b')).toEqual([]);
  });

  test('a task that was lost on the way fails, or is tried elsewhere; its engine is free for others', () => {
    const lab = new Lab(['a', 'b'], { hwm: 2 });
    lab.submit('t1', { targets: ['a'] });
    lab.submit('t2', { targets: ['a'] });
    lab.submit('t3', { targets: ['a', 'b'], retries: 1 });
    lab.submit('t4', { targets: ['a'] });

    expect(lab.strand('a', 't1', 't9')).toEqual(['t1 request-lost', 't4→a']);
    expect(lab.answer('t1', 'a')).toEqual([]);
    expect(lab.strand('b', 't3')).toEqual([]);
    expect(lab.answer('t2', 'a')).toEqual(['t2 done', 't3→a']);
  });

  test('tasks that wait can be taken back, those that run cannot', () => {
    const lab = new Lab(['a']);
    lab.submit('t1');
    lab.submit('t2');

    expect(lab.withdraw('t1', 't2', 'unknown')).toEqual(['t2 withdrawn']);
    expect(lab.state.engineOf('t1')).toBe('a');
    expect(lab.answer('t1', 'a')).toEqual(['t1 done']);
  });
});

describe('time', () => {
  test('a task that no engine takes in its time fails', () => {
    const lab = new Lab(['a']);
    lab.submit('t1');
    lab.submit('t2', { timeoutMs: 100 }, 1000);

    expect(lab.pass(1099)).toEqual([]);
    expect(lab.pass(1100)).toEqual(['t2 timed-out']);
    expect(lab.state.hasDeadlines).toBe(false);
  });

  test('a task that runs has all the time it wants, and its time begins anew when it is queued again', () => {
    const lab = new Lab(['a']);
    lab.submit('t1', { timeoutMs: 100, retries: 1 }, 0);

    expect(lab.pass(500)).toEqual([]);
    expect(lab.answer('t1', 'a', 'error', 500)).toEqual([]);
    expect(lab.pass(599)).toEqual([]);
    expect(lab.pass(600)).toEqual(['t1 timed-out']);
  });
});

describe('dependencies', () => {
  test('a task starts after those that it comes after', () => {
    const lab = new Lab(['a', 'b', 'c']);
    lab.submit('t1');
    lab.submit('t2');

    expect(lab.submit('t3', { after: on('t1', 't2') })).toEqual([]);
    expect(lab.answer('t1', 'a')).toEqual(['t1 done']);
    expect(lab.answer('t2', 'b')).toEqual(['t2 done', 't3→c']);
  });

  test('any one of them is enough when not all are asked for', () => {
    const lab = new Lab(['a', 'b', 'c']);
    lab.submit('t1');
    lab.submit('t2');
    lab.submit('t3', { after: { ...on('t1', 't2'), all: false } });

    expect(lab.answer('t2', 'b')).toEqual(['t2 done', 't3→c']);
  });

  test('a task follows another to its engine, and waits for that one', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1');
    lab.answer('t1', 'a');
    lab.submit('t2');
    lab.submit('t3');

    expect(lab.submit('t4', { follow: on('t1') })).toEqual([]);
    expect(lab.answer('t2', 'b')).toEqual(['t2 done']);
    expect(lab.answer('t3', 'a')).toEqual(['t3 done', 't4→a']);
  });

  test('nothing can follow tasks of two engines, or of one that is gone', () => {
    const lab = new Lab(['a', 'b']);
    for (const id of ['t1', 't2']) lab.submit(id);
    lab.answer('t1', 'a');
    lab.answer('t2', 'b');

    expect(lab.submit('t3', { follow: on('t1', 't2') })).toEqual(['t3 impossible-dependency']);
    lab.lose('a');
    expect(lab.submit('t4', { follow: on('t1') })).toEqual(['t4 impossible-dependency']);
  });

  test('nothing can follow a task to an engine that it is not meant for, or that has failed it', () => {
    const lab = new Lab(['a', 'b']);
    lab.submit('t1');
    lab.answer('t1', 'a');

    expect(lab.submit('t2', { follow: on('t1'), targets: ['b'] })).toEqual([
      't2 impossible-dependency',
    ]);
    expect(lab.submit('t3', { follow: on('t1'), retries: 1 })).toEqual(['t3→a']);
    expect(lab.answer('t3', 'a', 'error')).toEqual(['t3 done']);
  });

  test('a task that follows any of several is impossible once their engines are gone, not before', () => {
    const lab = new Lab(['a', 'b', 'c']);
    for (const id of ['t1', 't2', 't3']) lab.submit(id);
    lab.answer('t1', 'a');
    lab.submit('t4', { targets: ['a'] });
    lab.submit('t5', { follow: { ...on('t1', 't2'), all: false } });

    expect(lab.lose('a')).toEqual([]);
    expect(lab.answer('t2', 'b', 'error')).toEqual(['t2 done', 't5 impossible-dependency']);
  });

  test('what depends on a failure that was to be a success is impossible, in turn', () => {
    const lab = new Lab(['a']);
    lab.submit('t1');
    lab.submit('t2', { after: on('t1') });
    lab.submit('t3', { after: on('t2') });
    lab.submit('t4', { after: { ...on('t1'), success: false, failure: true } });

    expect(lab.answer('t1', 'a', 'error')).toEqual([
      't1 done',
      't2 impossible-dependency',
      't3 impossible-dependency',
      't4→a',
    ]);
  });

  test('a chain of ten thousand that breaks at its root does not exhaust the stack', () => {
    const lab = new Lab(['a']);
    lab.submit('t0');
    for (let task = 1; task <= 10_000; task += 1) {
      lab.submit(`t${task}`, { after: on(`t${task - 1}`) });
    }

    expect(lab.answer('t0', 'a', 'error')).toHaveLength(10_001);
  }, 20_000);

  test('a task cannot depend on itself or on one that nobody knows', () => {
    const lab = new Lab(['a']);

    expect(lab.submit('t1', { after: on('t1') })).toEqual(['t1 invalid-dependency']);
    expect(lab.submit('t2', { follow: on('t9') })).toEqual(['t2 invalid-dependency']);
  });

  test('what ended before counts for tasks that come later', () => {
    const lab = new Lab(['a']);
    lab.submit('t1');
    lab.answer('t1', 'a', 'error');

    expect(lab.submit('t2', { after: on('t1') })).toEqual(['t2 impossible-dependency']);
    expect(lab.submit('t3', { after: { ...on('t1'), failure: true } })).toEqual(['t3→a']);
  });
});
