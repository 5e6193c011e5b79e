import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pxlab';
import { until } from '../../../lib/base/clock.js';
import { pythonPath } from '../../support/python.js';
import { type Running, start } from '../../support/run-process.js';
import type { Sandbox } from '../../support/sandbox.js';
import { codeOf } from './reference.js';
import type { Language } from './texts.js';

export type ControllerKind = 'ipcontroller' | 'pxcluster controller';

/** A cluster whose controller and engines were started one by one, as the reference says. */
export interface Lab {
  readonly controller: Running;
  readonly profile: string;
  readonly profileDir: string;
  readonly connectionFile: string;
}

export interface LabOptions {
  readonly controller: ControllerKind;
  /** Language of each engine, by id. */
  readonly engines: readonly Language[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a cluster in a profile of its own; it ends with the sandbox. */
export async function startLab(sandbox: Sandbox, options: LabOptions): Promise<Lab> {
  const { controller: kind, engines, env = {} } = options;
  const profile = kind === 'ipcontroller' ? 'python' : 'ours';
  const profileDir = join(sandbox.folder, 'home', '.ipython', `profile_${profile}`);
  const security = join(profileDir, 'security');
  const run = (program: string, ...args: string[]): Promise<Running> =>
    start(sandbox, {
      ...commandOf(program, profile, args),
      env: { ...env, IPP_PROFILE_DIR: profileDir },
    });
  const controller = await run(kind, '--ping=250');
  await untilWritten(join(security, 'ipcontroller-engine.json'));
  await Promise.all(
    engines.map((language, id) =>
      language === 'python'
        ? run('ipengine', `--IPEngine.id=${id}`)
        : run('pxcluster engine', `--IPEngine.id=${id}`),
    ),
  );
  const connectionFile = join(security, 'ipcontroller-client.json');
  await waitForEngines(connectionFile, engines.length);
  return { controller, profile, profileDir, connectionFile };
}

/** ipcontroller writes its files where they are read, and its engines fail on half of one. */
async function untilWritten(file: string): Promise<void> {
  const isWhole = async (): Promise<boolean> => {
    try {
      return JSON.parse(await readFile(file, 'utf8')) !== undefined;
    } catch {
      return false;
    }
  };
  if (!(await until(isWhole, { timeoutMs: 60_000 }))) throw new Error(`${file} was not written`);
}

async function waitForEngines(connectionFile: string, n: number): Promise<void> {
  const connects = async (): Promise<boolean> => {
    try {
      await using client = await Client.connect({ connectionFile, timeoutMs: 60_000 });
      await client.waitForEngines(n, { timeoutMs: 60_000 });
      return true;
    } catch {
      return false; // the file is not there yet
    }
  };
  if (!(await until(connects, { timeoutMs: 60_000 }))) throw new Error('The engines did not come');
}

const cli = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url));

/** The command of the reference that runs `program`, with more arguments. */
function commandOf(
  program: string,
  profile: string,
  more: readonly string[],
): { command: string; args: string[] } {
  const lines = codeOf('Start a cluster', profile).join('').split('\n');
  const line = lines.find((each) => each.startsWith(`${program} `)) ?? '';
  const args = [
    ...(line.split('#')[0] ?? '').trim().split(/ +/).slice(program.split(' ').length),
    ...more,
  ];
  if (program.startsWith('ip')) return { command: join(dirname(pythonPath()), program), args };
  const [, subcommand = ''] = program.split(' ');
  const flags = ['--no-force-async-hooks-checks', cli, subcommand];
  return { command: process.execPath, args: [...flags, ...args] };
}
