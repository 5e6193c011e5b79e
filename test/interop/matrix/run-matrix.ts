import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pxlab';
import typescript from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { Scope } from '../../../lib/base/scope.js';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';
import { pythonPath } from '../../support/python.js';
import { start, startScript } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';
import type { Plan } from './feature-run.js';
import { expectedNote, type Outcome, triedOn } from './features.js';
import { type ControllerKind, type Lab, startLab } from './lab.js';
import { tryNotebook } from './notebook-client.js';
import { codeOf, expectDocumented } from './reference.js';
import { tryScriptClient, tryShutdown } from './script-client.js';
import { tableOf } from './table.js';
import { goFile, type Language, texts } from './texts.js';

const controllers: readonly ControllerKind[] = ['ipcontroller', 'pxcluster controller'];

/**
 * Tries every feature with every client on a cluster of each controller, and compares the outcomes with
 * what is expected and with the section `title` of the reference.
 *
 * @param engines - The languages of four engines: two stay, each side may end one of the others.
 */
export function runMatrix(
  title: string,
  engines: readonly [Language, Language, Language, Language],
): void {
  const found: Partial<Record<ControllerKind, Outcome[]>> = {};
  const introduced: Partial<Record<ControllerKind, readonly string[]>> = {};

  const scope = new Scope();
  afterAll(() => scope.close());

  beforeAll(async () => {
    const sandbox = await openSandbox((close) => scope.onClose(close));
    const { IPYTHONDIR } = { IPYTHONDIR: join(sandbox.folder, 'home', '.ipython') };
    const [kernel, ...labs] = await Promise.all([
      startKernel({ cwd: sandbox.folder, env: { ...sandbox.env, IPYTHONDIR } }),
      ...controllers.map((controller) => startLab(sandbox, { controller, engines })),
    ]);
    scope.onClose(() => kernel[Symbol.asyncDispose]());
    const sides = { sandbox, kernel, engines, scope };
    const [first, second] = labs as [Lab, Lab];
    // One side is on one cluster while the other is on the other; engines end when all is done.
    const [pythonOnFirst, oursOnSecond] = await Promise.all([
      tryPython(first, sides),
      tryOurs(second, sides),
    ]);
    const [pythonOnSecond, oursOnFirst] = await Promise.all([
      tryPython(second, sides),
      tryOurs(first, sides),
    ]);
    const end = async (python: Tried, ours: Tried): Promise<Outcome[]> =>
      (await Promise.all([python.end(), ours.end()])).flat();
    found['ipcontroller'] = await end(pythonOnFirst, oursOnFirst);
    found['pxcluster controller'] = await end(pythonOnSecond, oursOnSecond);
    introduced['ipcontroller'] = oursOnFirst.introduction;
    introduced['pxcluster controller'] = oursOnSecond.introduction;
  }, 240_000);

  describe.each(controllers)('%s', (controller) => {
    test('the lines of the reference connect from a script and a notebook', () => {
      expect(introduced[controller]).toEqual([
        '[ 0, 1, 2, 3 ]',
        expect.stringMatching(/Out\[0:\d+\]: 42/),
      ]);
    });

    test.each(triedOn(engines))('$client: $feature', ({ client, feature }) => {
      const isIt = (each: Outcome): boolean => each.client === client && each.feature === feature;
      const note = expectedNote({ client, feature }, engines);

      expect(found[controller]?.find(isIt)).toEqual({ client, feature, ...(note && { note }) });
    });
  });

  test('the reference says what was found', async () => {
    await expectDocumented(title, tableOf(found));
  });
}

interface Sides {
  readonly sandbox: Sandbox;
  readonly kernel: StartedKernel;
  readonly engines: readonly Language[];
  /** Closed when all tests are over. */
  readonly scope: Scope;
}

/** A side that has tried all but to end an engine. */
interface Tried {
  /** What the lines of the reference printed and showed. */
  readonly introduction: readonly string[];
  /** Ends its engine. @returns all outcomes. */
  end(): Promise<Outcome[]>;
}

function planFor({ sandbox, engines }: Sides, victim: number): Plan {
  const [first = 'python', second = 'python'] = engines;
  return {
    workers: new Map([
      [0, first],
      [1, second],
    ]),
    victim,
    pool: (language) => [...engines.keys()].filter((id) => engines[id] === language),
    folder: sandbox.folder,
  };
}

const pythonClients = fileURLToPath(new URL('./clients.py', import.meta.url));

/** Python's client and magics, in a process of their own: a line of JSON for each feature. */
async function tryPython(lab: Lab, sides: Sides): Promise<Tried> {
  const { sandbox } = sides;
  const plan = planFor(sides, 2);
  const [connect] = codeOf('From Python', lab.profile);
  const [magics] = codeOf('From IPython', lab.profile);
  const endFile = join(sandbox.folder, `end-${lab.profile}`);
  const asked = {
    ...{ connect, magics, texts, goFile, endFile, folder: sandbox.folder, victim: plan.victim },
    workers: Object.fromEntries(plan.workers),
    pools: { python: plan.pool('python'), typescript: plan.pool('typescript') },
  };
  const script = await start(sandbox, {
    command: pythonPath(),
    args: [pythonClients, JSON.stringify(asked)],
  });
  const waits = async (): Promise<boolean> => (await script.text()).includes('waits for the end');
  await Promise.race([script.child.exited, until(waits, { timeoutMs: 150_000 })]);
  return {
    introduction: [],
    end: async () => {
      await writeFile(endFile, '');
      const { code } = await script.child.exited;
      const text = await script.text();
      if (code !== 0) throw new Error(`Python's clients ended with ${code}: ${text}`);
      const lines = text.split('\n').filter((line) => line.startsWith('{"client"'));
      return lines.map((line) => JSON.parse(line) as Outcome);
    },
  };
}

/** Our client in this process, then a notebook; before, what the reference says of connecting them. */
async function tryOurs(lab: Lab, sides: Sides): Promise<Tried> {
  const { sandbox, kernel } = sides;
  const [program = ''] = codeOf('From a script', lab.profile);
  const script = await startScript(sandbox, asJavaScript(program));
  await script.child.exited;
  const introduction = [(await script.text()).trim()];
  for (const cell of codeOf('From a notebook', lab.profile)) {
    const { outputs, error } = await kernel.client.execute(cell);
    if (cell.startsWith('%%px') || error !== undefined) {
      introduction.push(JSON.stringify(error?.evalue ?? outputs));
    }
  }
  const plan = planFor(sides, 3);
  const { connectionFile } = lab;
  const connect = (): Promise<Client> => Client.connect({ connectionFile, timeoutMs: 30_000 });
  const inNotebook = await tryNotebook(kernel.client, plan);
  const client = await connect();
  sides.scope.use(client);
  const inScript = await tryScriptClient(client, plan, connect);
  return {
    introduction,
    end: async () => [...inNotebook, ...inScript, ...(await tryShutdown(client, plan))],
  };
}

function asJavaScript(program: string): string {
  const { ESNext: module } = typescript.ModuleKind;
  const { ES2022: target } = typescript.ScriptTarget;
  return typescript.transpileModule(program, { compilerOptions: { module, target } }).outputText;
}
