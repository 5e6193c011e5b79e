import { assertNever, ParallelError } from '../base/errors.js';
import type { Controller, EngineEntry } from '../controller/controller.js';
import {
  type ClusterStatus,
  type EngineObituary,
  type EngineStatus,
  parseClusterRequest,
} from '../wire/cluster-requests.js';
import type { JsonObject } from '../wire/message.js';
import type { EngineProcesses } from './engine-processes.js';
import type { LaunchedEngine } from './launcher.js';
import type { PublishedFiles } from './published-files.js';

/** What requests can see and do of a running cluster. */
export interface RequestTarget {
  readonly controller: Controller;
  readonly engines: EngineProcesses;
  readonly files: PublishedFiles;
  readonly deaths: () => readonly EngineObituary[];
  readonly statusOf: (engine: EngineEntry) => EngineStatus;
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
      await processOf(request.engineId, target).stop({ graceMs });
      break;
    case 'restart-engine':
      await processOf(request.engineId, target).stop({ graceMs });
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

function processOf(engineId: number, { controller, engines }: RequestTarget): LaunchedEngine {
  const engine = controller.engines.get(engineId);
  const launched = engine && engines.processOf(engine.uuid);
  if (launched !== undefined) return launched;
  throw new ParallelError(
    'NO_SUCH_ENGINE',
    engine === undefined
      ? `There is no engine ${engineId}.`
      : `Engine ${engineId} was not started by this cluster; end it where it was started.`,
  );
}

function statusOf({ controller, files, deaths, statusOf }: RequestTarget): ClusterStatus {
  const { clusterId, profileDir, supervisor, startedAt, owner } = files.record;
  return {
    status: 'ok',
    clusterId,
    profileDir,
    supervisorPid: supervisor.pid,
    startedAt,
    owner: owner ?? null,
    engines: [...controller.engines.values()].map(statusOf),
    deaths: deaths(),
  };
}
