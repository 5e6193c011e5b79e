import { join } from 'node:path';
import { type ClusterLocation, logDir } from '../wire/cluster-files.js';

/** Where a supervisor writes what happens, one line of JSON an event. */
export function supervisorLog(location: ClusterLocation): string {
  return `${prefixOf(location)}.log`;
}

/** Where an engine writes what no client sees, such as the last words of a crash. */
export function engineLog(location: ClusterLocation, key: string): string {
  return `${prefixOf(location)}-engine-${key}.log`;
}

function prefixOf({ profileDir, clusterId }: ClusterLocation): string {
  return join(logDir({ profileDir }), clusterId === '' ? 'pxlab' : `pxlab-${clusterId}`);
}
