import { join } from 'node:path';
import { messageOf, ParallelError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { EngineEntry, Roster } from '../controller/controller.js';
import {
  type ClusterLocation,
  logDir,
  readIfPresent,
  writePrivateFile,
} from '../wire/cluster-files.js';
import type { EngineDescription } from '../wire/contents.js';

/**
 * Which engines a controller had, in ipcontroller's `log/engines<cluster id>.json`, so that the next one
 * of the cluster finds them again. `pxlab` is ours: what engines said of themselves, by uuid.
 *
 * Source: ipyparallel 9.2, `_save_engine_state` in `controller/hub.py`.
 */
interface EngineState {
  readonly engines: Readonly<Record<string, string>>;
  readonly next_id: number;
  readonly pxlab?: Readonly<Record<string, EngineDescription>>;
}

function engineStatePath(location: ClusterLocation): string {
  return join(logDir(location), `engines${location.clusterId}.json`);
}

/**
 * The engines that the last controller of the cluster had; undefined when none has left its file.
 *
 * @throws {@link ParallelError} `CONNECTION_FILE` for a file that is damaged.
 */
export async function readEngineState(location: ClusterLocation): Promise<Roster | undefined> {
  const path = engineStatePath(location);
  const text = await readIfPresent(path);
  return text === undefined ? undefined : rosterOf(parseState(text, path));
}

/** Keeps the file up to date. */
export class EngineStateFile {
  readonly #location: ClusterLocation;
  readonly #log: Logger;
  #writing: Promise<void> = Promise.resolve();

  constructor(location: ClusterLocation, log: Logger) {
    this.#location = location;
    this.#log = log;
  }

  /** Never rejects: a cluster goes on without the file. */
  save(roster: Roster): Promise<void> {
    const text = JSON.stringify(stateOf(roster));
    this.#writing = this.#writing
      .then(() => writePrivateFile(engineStatePath(this.#location), text))
      .catch((error: unknown) => {
        this.#log.warn('engine state not written', { error: messageOf(error) });
      });
    return this.#writing;
  }

  /** Resolves when what was saved is written. */
  close(): Promise<void> {
    return this.#writing;
  }
}

function stateOf({ engines, nextId }: Roster): EngineState {
  const descriptions = engines.flatMap(({ uuid, description }) =>
    description === undefined ? [] : [[uuid, description] as const],
  );
  return {
    engines: Object.fromEntries(engines.map(({ id, uuid }) => [String(id), uuid])),
    next_id: nextId,
    pxlab: Object.fromEntries(descriptions),
  };
}

function rosterOf({ engines, next_id: nextId, pxlab = {} }: EngineState): Roster {
  const entries: EngineEntry[] = Object.entries(engines).map(([id, uuid]) => ({
    id: Number(id),
    uuid,
    description: pxlab[uuid],
  }));
  return { engines: entries, nextId };
}

function parseState(text: string, path: string): EngineState {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, cause);
  }
  if (!isState(value)) throw damaged(path);
  return value;
}

function isState(value: unknown): value is EngineState {
  if (typeof value !== 'object' || value === null) return false;
  const { engines, next_id: nextId, pxlab = {} } = value as Partial<Record<string, unknown>>;
  return (
    typeof engines === 'object' &&
    engines !== null &&
    Object.entries(engines).every(
      ([id, uuid]) => /^\d{1,9}$/.test(id) && typeof uuid === 'string',
    ) &&
    Number.isSafeInteger(nextId) &&
    typeof pxlab === 'object' &&
    pxlab !== null
  );
}

function damaged(path: string, cause?: unknown): ParallelError {
  return new ParallelError(
    'CONNECTION_FILE',
    `The file ${path}, from which engines are to be restored, is damaged. ` +
      'Remove it, or start without `--restore`.',
    { cause },
  );
}
