import { setTimeout as sleep } from 'node:timers/promises';
import { ParallelError } from '../base/errors.js';
import { engineFile, profileDir, readIfPresent } from '../wire/cluster-files.js';
import { type EngineInfoFile, parseEngineInfo } from '../wire/connection-info.js';
import type { EngineOptions } from './run-engine.js';

/** How long an engine waits for the connection file of a controller that starts with it. */
const fileWaitMs = 10_000;
const filePollMs = 100;

/**
 * What a launcher tells its engines: `IPP_CONNECTION_INFO`, the text of the connection file, or the
 * file of `IPP_PROFILE_DIR` and `IPP_CLUSTER_ID`, and with `PXLAB_ENGINE_ID` which id to ask for. The text holds the cluster's key, so it is taken out
 * of `environment`: what cells start does not inherit it.
 */
export async function optionsFromEnvironment(
  environment: NodeJS.ProcessEnv,
): Promise<EngineOptions> {
  const text = environment['IPP_CONNECTION_INFO'];
  const id = environment['PXLAB_ENGINE_ID'];
  delete environment['IPP_CONNECTION_INFO'];
  delete environment['PXLAB_ENGINE_ID'];
  const info =
    text === undefined
      ? await readEngineInfo(
          engineFile({
            profileDir: profileDir('default', environment),
            clusterId: environment['IPP_CLUSTER_ID'] ?? '',
          }),
        )
      : parseEngineInfo(text, 'IPP_CONNECTION_INFO');
  return { info, ...(id === undefined ? {} : { id: Number(id), isOfCluster: true }) };
}

/**
 * Reads a connection file; one that is not there yet is waited for.
 *
 * @throws {@link ParallelError} `CONNECTION_FILE`, when it does not come or is damaged.
 */
export async function readEngineInfo(
  path: string,
  waitMs: number = fileWaitMs,
): Promise<EngineInfoFile> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const text = await readIfPresent(path);
    if (text !== undefined) return parseEngineInfo(text, path);
    if (performance.now() >= deadline) {
      throw new ParallelError(
        'CONNECTION_FILE',
        `There is no connection file ${path}: start a controller first, or name the file of one that runs.`,
      );
    }
    await sleep(filePollMs);
  }
}
