import { appendFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ParallelError } from '../base/errors.js';
import { Child } from '../process/child.js';
import { LastOutput } from '../process/last-output.js';
import { identityOf } from '../process/process-identity.js';
import { engineIdVariable } from './engine-environment.js';
import { lastWords } from './logs.js';
import type { LaunchedEngine, Launcher } from './launcher.js';

const engineMain = fileURLToPath(new URL('../engine/main.js', import.meta.url));

export interface LocalLauncherOptions {
  /** Path of the log of an engine. */
  readonly logFile: (key: string) => string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Engines as child processes on this machine. An engine's key is the id that it asks for. */
export class LocalLauncher implements Launcher {
  readonly #options: LocalLauncherOptions;
  #count = 0;

  constructor(options: LocalLauncherOptions) {
    this.#options = options;
  }

  /** All or none. */
  async start(n: number): Promise<readonly LaunchedEngine[]> {
    const outcomes = await Promise.allSettled(
      Array.from({ length: n }, () => this.#startOne(String(this.#count++))),
    );
    const engines = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failure = outcomes.find((one) => one.status === 'rejected');
    if (failure === undefined) return engines;
    await Promise.all(engines.map((engine) => engine.stop({ graceMs: 0 })));
    throw failure.reason as Error;
  }

  async #startOne(key: string): Promise<LaunchedEngine> {
    const { cwd, env } = this.#options;
    const logFile = this.#options.logFile(key);
    await rm(logFile, { force: true }); // of an earlier cluster of this id
    const child = await Child.spawn({
      command: process.execPath,
      // Stop ends user code by an exception from outside, which Node's own checks take for a bug.
      // Where its debugger listens is told to who asks, not to the log.
      args: ['--no-force-async-hooks-checks', '--inspect-publish-uid=http', engineMain],
      cwd,
      env: { ...env, ...engineIdVariable(key) },
      output: { file: logFile },
    });
    const identity = await identityOf(child.pid);
    if (identity === undefined) throw await endedAtOnce(logFile);
    let lastOutput: LastOutput | undefined;
    void child.exited.then(() => {
      child.signalGroup('SIGKILL'); // what the engine started and left behind ends with it
      keep(lastOutput?.take(), logFile);
    }); // never rejects
    return launched(child, {
      key,
      logFile,
      process: identity,
      registered: () => (lastOutput = LastOutput.of(child.pid)),
    });
  }
}

/** A disk may be full: then they are lost. */
function keep(lastWords: Buffer | undefined, logFile: string): void {
  if (lastWords === undefined || lastWords.length === 0) return;
  try {
    appendFileSync(logFile, lastWords, { mode: 0o600 });
  } catch {
    // nobody could do anything about it
  }
}

function launched(
  child: Child,
  engine: Pick<LaunchedEngine, 'key' | 'logFile' | 'process' | 'registered'>,
): LaunchedEngine {
  return {
    ...engine,
    exited: child.exited,
    signal: (signal) => child.signal(signal),
    stop: async (options) => {
      await child.end(options);
    },
  };
}

async function endedAtOnce(logFile: string): Promise<ParallelError> {
  const words = await lastWords(logFile);
  return new ParallelError('START_FAILED', `An engine ended as soon as it started.${words}`);
}
