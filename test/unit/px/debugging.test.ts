import { expect, test } from 'vitest';
import { inspectEngines, stacksOf } from '../../../src/client/debugging.js';
import type { Engine } from '../../../src/client/engine-directory.js';
import { EngineLostError } from '../../../src/client/errors.js';
import { debuggerText } from '../../../src/px/debugger-text.js';
import { PxInspectors } from '../../../src/px/px-inspectors.js';
import { PxStacks } from '../../../src/px/px-stacks.js';

const python: Engine = { id: 3, uuid: 'a', language: 'python' };
const gone: Engine = { id: 4, uuid: 'b', language: 'typescript', host: 'node7' };
const old: Engine = { id: 5, uuid: 'c', language: 'typescript', host: 'node7' };

/** A way to engines of which one is just ending, and another does not know these requests. */
const connection = {
  control: async ({ id }: Engine) => {
    if (id === 4) throw new EngineLostError(4, { how: 'killed', signal: 'SIGKILL' }, true);
    const evalue = 'Engines do not answer pxlab_stack_request on the control channel.';
    return Promise.resolve({ status: 'error', ename: 'Error', evalue });
  },
};

test('engines that cannot be asked where they are get a sentence each', async () => {
  const stacks = await stacksOf(connection, [python, gone, old]);

  expect(String(new PxStacks(stacks)).split('\n')).toEqual([
    'Engine 3 runs Python, which has debuggers of its own, such as debugpy and py-spy.',
    expect.stringMatching(/^Engine 4 was killed by SIGKILL while it ran this; /),
    'Engine 5 cannot be asked: it runs an older version of pxlab. Use the same one everywhere.',
  ]);
});

test('a debugger that no engine opens is an error, one of several that fails is told', async () => {
  const request = { action: 'open' } as const;
  const opened = { engineId: 0, host: 'node7', wasOpen: false, url: 'ws://127.0.0.1:9229/x' };

  await expect(inspectEngines(connection, [python], request)).rejects.toThrow(
    'Engine 3 runs Python',
  );
  expect(
    String(
      new PxInspectors([opened, { engineId: 3, host: undefined, wasOpen: false, problem: 'No.' }]),
    ),
  ).toMatch(/^The debugger of engine 0 listens on node7: [^]*\n\nNo\.$/);
});

test('the way to a debugger of another machine begins with a tunnel', () => {
  const text = debuggerText({
    whose: 'engine 2',
    url: 'ws://127.0.0.1:41235/0f3c',
    wasOpen: true,
    host: 'node7',
    closing: '%inspect off 2',
  });

  expect(text.split('\n').slice(0, 3)).toEqual([
    'The debugger of engine 2 listens already on node7: ws://127.0.0.1:41235/0f3c',
    '  first        ssh -L 41235:127.0.0.1:41235 node7',
    '  Chrome       devtools://devtools/bundled/js_app.html?experiments=true&v8only=true&ws=127.0.0.1:41235/0f3c',
  ]);
  expect(text).toContain(
    '{"type":"node","request":"attach","name":"pxlab: engine 2","port":41235}\n',
  );
  expect(text).toMatch(
    /\nWho reaches this port on node7 can run code as you: %inspect off 2 closes it\.$/,
  );
});
