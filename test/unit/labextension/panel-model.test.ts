import { describe, expect, test } from 'vitest';
import { PanelModel } from '../../../src/labextension/panel-model.js';
import type { EngineObituary } from '../../../src/wire/cluster-requests.js';
import type { PanelMessage, PanelState } from '../../../src/wire/panel-messages.js';

const noCluster: PanelState = { cluster: null, others: [], usableCores: 2 };

function withDeaths(...deaths: EngineObituary[]): PanelState {
  const place = { clusterId: 'demo', ownership: 'shared', profileDir: '/p' } as const;
  return { ...noCluster, cluster: { ...place, engines: [], deaths } };
}

function killed(id: number): EngineObituary {
  const at = '2026-11-22T20:00:00.000Z';
  return { id, uuid: `uuid-${id}`, at, death: { how: 'killed', signal: 'SIGKILL' } };
}

/** A model that hears its kernel. */
function liveModel(): PanelModel {
  const model = new PanelModel();
  model.handle({ type: 'link-changed', link: { kind: 'live' } });
  return model;
}

function hear(model: PanelModel, message: PanelMessage): void {
  model.handle({ type: 'heard', message, clockAheadMs: 0 });
}

function notices(model: PanelModel): string[] {
  return model.view.notices.map(({ text }) => text);
}

describe('a request', () => {
  test('is sent at once to a kernel that hears it, under an id of its own', () => {
    const model = liveModel();

    const first = model.handle({ type: 'asked', command: { type: 'add-engines', n: 2 } });
    const second = model.handle({ type: 'asked', command: { type: 'interrupt' } });

    expect(first).toEqual([{ type: 'send', request: { type: 'add-engines', n: 2, id: 1 } }]);
    expect(second).toEqual([{ type: 'send', request: { type: 'interrupt', id: 2 } }]);
    expect(model.view.asked.map(({ id }) => id)).toEqual([1, 2]);
  });

  test('is under way until its own answer comes, which may bring a note', () => {
    const model = liveModel();
    model.handle({ type: 'asked', command: { type: 'interrupt' } });
    model.handle({ type: 'asked', command: { type: 'stop' } });

    hear(model, { type: 'answer', id: 1, status: 'ok', note: 'Nothing was running.' });

    expect(model.view.asked).toEqual([{ type: 'stop', id: 2 }]);
    expect(model.view.notices).toMatchObject([{ kind: 'note', text: 'Nothing was running.' }]);
  });

  test('that fails says why, until that is dismissed', () => {
    const model = liveModel();
    model.handle({ type: 'asked', command: { type: 'stop' } });

    hear(model, { type: 'answer', id: 1, status: 'error', message: 'There is no cluster.' });
    expect(model.view.notices).toMatchObject([{ kind: 'error', text: 'There is no cluster.' }]);

    model.handle({ type: 'dismissed', noticeId: model.view.notices[0]?.id ?? -1 });
    expect(model.view.notices).toEqual([]);
  });

  test('waits for a kernel that is about to hear it', () => {
    const model = new PanelModel();
    model.handle({ type: 'link-changed', link: { kind: 'waiting', for: 'answer' } });

    const before = model.handle({ type: 'asked', command: { type: 'start' } });
    const after = model.handle({ type: 'link-changed', link: { kind: 'live' } });

    expect(before).toEqual([]);
    expect(after).toEqual([{ type: 'send', request: { type: 'start', id: 1 } }]);
    expect(notices(model)).toEqual([]);
  });

  test('to a kernel that is not there fails with a sentence', () => {
    const model = new PanelModel();
    model.handle({ type: 'link-changed', link: { kind: 'no-kernel' } });

    const instructions = model.handle({ type: 'asked', command: { type: 'start' } });

    expect(instructions).toEqual([]);
    expect(model.view.asked).toEqual([]);
    expect(notices(model)).toEqual([
      'No answer to “start a cluster”. This notebook has no kernel. Choose “TypeScript (pxlab)” for it.',
    ]);
  });

  test('that was sent to a kernel which then restarts fails, and is not sent again', () => {
    const model = liveModel();
    model.handle({ type: 'asked', command: { type: 'stop-engine', engineId: 3 } });

    model.handle({ type: 'link-changed', link: { kind: 'waiting', for: 'restart' } });
    const later = model.handle({ type: 'link-changed', link: { kind: 'live' } });

    expect(later).toEqual([]);
    expect(notices(model)).toEqual(['No answer to “stop engine 3”. The kernel is restarting…']);
  });
});

describe('deaths', () => {
  test('that came while the panel looked are told, those from before are not', () => {
    const model = liveModel();

    hear(model, { type: 'state', state: withDeaths(killed(0)) });
    expect(notices(model)).toEqual([]);

    hear(model, { type: 'state', state: withDeaths(killed(0), killed(4)) });
    expect(notices(model)).toEqual(['Engine 4 was killed by SIGKILL.']);
  });

  test('of one push are told in one notice, and once', () => {
    const model = liveModel();
    hear(model, { type: 'state', state: withDeaths() });

    hear(model, { type: 'state', state: withDeaths(killed(0), killed(1), killed(2)) });
    hear(model, { type: 'state', state: withDeaths(killed(0), killed(1), killed(2)) });

    expect(notices(model)).toEqual(['Engines 0, 1 and 2 were killed by SIGKILL.']);
  });

  test('that were told are not told again when the kernel looks anew', () => {
    const model = liveModel();
    hear(model, { type: 'state', state: withDeaths() });
    hear(model, { type: 'state', state: withDeaths(killed(0)) });

    hear(model, { type: 'state', state: noCluster });
    hear(model, { type: 'state', state: withDeaths() });
    hear(model, { type: 'state', state: withDeaths(killed(0)) });

    expect(notices(model)).toEqual(['Engine 0 was killed by SIGKILL.']);
  });

  test('of another cluster than the one that was shown are not news', () => {
    const model = liveModel();
    hear(model, { type: 'state', state: noCluster });

    hear(model, { type: 'state', state: withDeaths(killed(0)) });

    expect(notices(model)).toEqual([]);
  });
});

describe('what is shown', () => {
  test('stays, as old, while the kernel restarts, and is gone with another kernel', () => {
    const model = liveModel();
    hear(model, { type: 'state', state: withDeaths() });

    model.handle({ type: 'link-changed', link: { kind: 'waiting', for: 'restart' } });
    expect(model.view.state).toEqual(withDeaths());

    model.handle({
      type: 'link-changed',
      link: { kind: 'other-kernel', kernelName: 'Python 3' },
    });
    expect(model.view.state).toBeUndefined();
  });

  test('is nothing of the last notebook when another is followed', () => {
    const model = liveModel();
    hear(model, { type: 'state', state: withDeaths() });
    hear(model, { type: 'answer', id: 9, status: 'error', message: 'Of the last one.' });

    model.handle({ type: 'followed' });

    expect(model.view).toEqual(new PanelModel().view);
  });

  test('is not buried under notices: the oldest go', () => {
    const model = liveModel();

    for (let id = 1; id <= 8; id++) {
      hear(model, { type: 'answer', id, status: 'error', message: `Number ${id}.` });
    }

    expect(notices(model)).toEqual([4, 5, 6, 7, 8].map((id) => `Number ${id}.`));
  });
});
