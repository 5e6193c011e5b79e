import { assertNever, ParallelError } from '../base/errors.js';
import type { Controller, EngineEntry } from '../controller/controller.js';
import {
  type ClusterStatus,
  type EngineObituary,
  type EngineStatus,
  parseClusterRequest,
} from '../wire/cluster-requests.js';
import type { EngineState } from '../wire/cluster-state.js';
import type { JsonObject } from '../wire/message.js';
import type { EngineProcesses } from './engine-processes.js';
import type { PublishedFiles } from './published-files.js';

/** What requests can see and do of a running cluster. */
export interface RequestTarget {
  readonly controller: Controller;
  readonly engines: EngineProcesses;
  readonly files: PublishedFiles;
  readonly deaths: () => readonly EngineObituary[];
  readonly statusOf: (engine: EngineEntry) => EngineStatus;
  /** The engine's end is wanted: it is no death to tell of. */
  readonly dismiss: (uuid: string) => void;
  readonly stop: () => void;
}

/** For an engine that is stopped by request, from SIGTERM to SIGKILL. */
const graceMs = 1500;

/**
 * Does what a `pxlab_cluster_request` asks, and answers how the cluster stands then.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT`, `NO_SUCH_ENGINE` or `START_FAILED`.
 */
export async function answerRequest(
  content: JsonObject,
  target: RequestTarget,
): Promise<ClusterStatus> {
  const { engines } = target;
  const request = parseClusterRequest(content);
  switch (request.action) {
    case 'status':
      break;
    case 'start-engines':
      await engines.start(request.n);
      break;
    case 'stop-engine':
      await stopEngine(request.engineId, target);
      break;
    case 'restart-engine':
      await stopEngine(request.engineId, target);
      await engines.start(1);
      break;
    case 'stop':
      setImmediate(target.stop); // after the reply
      break;
    default:
      assertNever(request);
  }
  return statusOf(target);
}

async function stopEngine(engineId: number, target: RequestTarget): Promise<void> {
  const engine = target.controller.engines.get(engineId);
  if (engine === undefined) {
    throw new ParallelError('NO_SUCH_ENGINE', `There is no engine ${engineId}.`);
  }
  const launched = target.engines.processOf(engine.uuid);
  if (launched === undefined) {
    throw new ParallelError(
      'NO_SUCH_ENGINE',
      `Engine ${engineId} was not started by this cluster; end it where it was started.`,
    );
  }
  target.dismiss(engine.uuid);
  await launched.stop({ graceMs });
}

function statusOf({ controller, files, deaths, statusOf }: RequestTarget): ClusterStatus {
  const { clusterId, profileDir, supervisor, startedAt, owner } = files.record;
  const tasks = new Map(
    controller.feed.state().engines.map((engine) => [engine.uuid, tasksOf(engine)]),
  );
  return {
    status: 'ok',
    clusterId,
    profileDir,
    supervisorPid: supervisor.pid,
    startedAt,
    owner: owner ?? null,
    engines: [...controller.engines.values()]
      .sort((a, b) => a.id - b.id)
      .map((engine) => ({ ...statusOf(engine), ...tasks.get(engine.uuid) })),
    deaths: deaths(),
  };
}

function tasksOf({ running, queued, completed }: EngineState): Partial<EngineStatus> {
  return { ...(running && { running }), queued, completed };
}
