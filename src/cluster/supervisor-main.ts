import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { messageOf, ParallelError } from '../base/errors.js';
import { jsonLogger } from '../base/logger.js';
import { Supervisor } from './supervisor.js';
import type { SupervisorOptions, SupervisorReport } from './supervisor-options.js';

/** The supervisor's process: one argument (its options as JSON), reports on file descriptor 3. */
process.stderr.on('error', () => undefined); // a full disk must not end the cluster
const log = jsonLogger((line) => process.stderr.write(line));
const options = JSON.parse(process.argv[2] ?? '{}') as SupervisorOptions;
const supervisor = new Supervisor({ options, log, report });

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => void supervisor.stop(`it got ${signal}`)); // settles `ended`
}
watchStarter();
process.on('uncaughtException', (error) => void fail(error));
try {
  await supervisor.start();
} catch (error) {
  await fail(error);
}
await supervisor.ended;
process.exit();

/** The pipe of the reports ends with the process that started this one. */
function watchStarter(): void {
  const pipe = new Socket({ fd: 3, readable: true, writable: false });
  pipe.on('error', () => undefined); // followed by `close`
  pipe.once('close', () => supervisor.starterGone());
  pipe.resume();
  pipe.unref();
}

async function fail(error: unknown): Promise<void> {
  process.exitCode = 1;
  const stack = error instanceof Error ? error.stack : undefined;
  log.error('supervisor failed', { error: messageOf(error), stack });
  const code = error instanceof ParallelError ? error.code : 'START_FAILED';
  report({ type: 'failed', code, message: messageOf(error) });
  await supervisor.stop('it failed');
}

/** Whoever started this process may have gone meanwhile. */
function report(what: SupervisorReport): void {
  try {
    writeSync(3, `${JSON.stringify(what)}\n`);
  } catch (error) {
    log.info('nobody reads reports', { error: messageOf(error) });
  }
}
