import { findCluster } from '../client/find-cluster.js';
import { knock } from '../client/probe.js';
import type { ClusterLocation } from '../wire/cluster-files.js';

/**
 * Whether something answers at the address of a cluster that another host has recorded. One that listens
 * at its own loopback alone cannot be reached: what answers there, answers for this host.
 */
export async function answersFromHere(location: ClusterLocation): Promise<boolean> {
  try {
    const { route, info } = await findCluster(location);
    if (/^tcp:\/\/(127\.|localhost|\[?::1)/.test(route.base)) return false;
    return (await knock(route, info.registration)) === 'open';
  } catch {
    return false; // without a connection file that can be read, nobody reaches it
  }
}

/** What to do about a cluster of which only its files are known. */
export function remedyElsewhere(host: string): string {
  return `If ${host} is gone (a container that was replaced, say), remove the files with \`pxcluster clean --host ${host}\`.`;
}
