import type { ClusterLocation } from '../wire/cluster-files.js';
import type { EngineInfoFile } from '../wire/connection-info.js';

/** Environment of the engines of a cluster: as ipyparallel's launchers set it, over `base`. */
export function engineEnvironment(
  location: ClusterLocation,
  info: EngineInfoFile,
  base: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  return { ...base, ...placeVariables(location), IPP_CONNECTION_INFO: JSON.stringify(info) };
}

/** What every process that an engine starts inherits, and is known by. */
export function placeVariables({ clusterId, profileDir }: ClusterLocation): Record<string, string> {
  return { IPP_CLUSTER_ID: clusterId, IPP_PROFILE_DIR: profileDir };
}

/** The id that an engine asks for, so that its log is named after it: free, as a rule. */
export function engineIdVariable(id: string): Record<string, string> {
  return { PXLAB_ENGINE_ID: id };
}
