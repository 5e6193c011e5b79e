import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pxlab';
import { onTestFinished } from 'vitest';
import { until } from '../../lib/base/clock.js';
import type { ClientInfoFile, EngineInfoFile } from '../../lib/wire/connection-info.js';
import { type Running, startPxcluster } from './run-process.js';
import type { Sandbox } from './sandbox.js';

/** The connection files of a profile, by side. */
export function securityFile({ profileDir }: Sandbox, side: 'client' | 'engine'): string {
  return join(profileDir, 'security', `ipcontroller-${side}.json`);
}

export async function readInfos(
  sandbox: Sandbox,
): Promise<{ client: ClientInfoFile; engine: EngineInfoFile }> {
  const [client, engine] = await Promise.all(
    (['client', 'engine'] as const).map((side) => readFile(securityFile(sandbox, side), 'utf8')),
  );
  return {
    client: JSON.parse(client ?? '') as ClientInfoFile,
    engine: JSON.parse(engine ?? '') as EngineInfoFile,
  };
}

/** Starts `pxcluster controller` with `flags`; resolves when engines and clients can come. */
export async function startController(
  sandbox: Sandbox,
  ...flags: readonly string[]
): Promise<Running> {
  const running = await startPxcluster(sandbox, 'controller', '--ping=250', ...flags);
  await running.says(/"message":"cluster ready"/);
  return running;
}

/** A client that ends with the test, once `count` engines are there. */
export async function connectTo(connectionFile: string, count: number): Promise<Client> {
  const client = await Client.connect({ connectionFile, timeoutMs: 20_000 });
  onTestFinished(() => client.close());
  await client.waitForEngines(count, { timeoutMs: 30_000 });
  return client;
}

/** Asks the process to end. @returns its exit code. */
export async function ended({ child }: Running): Promise<number | null> {
  child.signal('SIGTERM');
  return (await child.exited).code;
}

/** Resolves when `path` has what `isDone` looks for. */
export async function fileSays(path: string, isDone: (text: string) => boolean): Promise<string> {
  const read = (): Promise<string> => readFile(path, 'utf8').catch(() => '');
  if (!(await until(async () => isDone(await read()), { timeoutMs: 20_000 }))) {
    throw new Error(`${path} does not say it, but: ${await read()}`);
  }
  return read();
}
