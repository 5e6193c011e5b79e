import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { leftoversSince, markedProcesses, type Snapshot, takeSnapshot } from './leftovers.js';
import { runMark } from './sandbox-mark.js';

/** Folders and an environment of one test's own. */
export interface Sandbox {
  readonly folder: string;
  readonly profileDir: string;
  /** To be given to every process that the test starts; what those start inherits it. */
  readonly env: Readonly<Record<string, string>>;
  readonly mark: string;
  /** Fails when a process, a port, a socket or a temporary file is left of what the test started. */
  expectNothingLeft(options?: { withinMs?: number }): Promise<void>;
}

/**
 * Makes a sandbox, and removes it when the test ends, with whatever process the test has left in it. The
 * folder's path is short, since socket paths are.
 *
 * @param whenOver - Takes what removes it: `afterAll` for a sandbox that the tests of a file share, made
 *   outside of hooks, since vitest forgets an `afterAll` of a `beforeAll`.
 */
export async function openSandbox(
  whenOver: (remove: () => Promise<void>) => void = onTestFinished,
): Promise<Sandbox> {
  const folder = await mkdtemp('/tmp/pxt-');
  const temporary = join(folder, 't');
  const home = join(folder, 'home');
  await Promise.all([temporary, home].map((path) => mkdir(path)));
  const value = randomBytes(6).toString('hex');
  const mark = `PXLAB_TEST=${value}`;
  const profileDir = join(home, '.ipython', 'profile_default');
  const env = {
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    TMPDIR: temporary,
    XDG_RUNTIME_DIR: temporary,
    IPP_PROFILE_DIR: profileDir,
    PXLAB_TEST: value,
    ...runMark(),
  };
  const before: Snapshot = await takeSnapshot({
    mark,
    folders: [temporary, join(profileDir, 'security')],
  });
  whenOver(async () => {
    for (const { pid } of await markedProcesses(mark)) endOne(pid);
    await rm(folder, { recursive: true, force: true });
  });
  return {
    folder,
    profileDir,
    env,
    mark,
    expectNothingLeft: async (options) => {
      expect(await leftoversSince(before, options)).toEqual([]);
    },
  };
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}
