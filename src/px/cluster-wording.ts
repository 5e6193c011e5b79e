import type { Client } from '../client/client.js';

export function foundAgain(client: Client): string {
  return `Found this notebook's cluster again: ${enginesOf(client)}.`;
}

export function nameOf(clusterId: string): string {
  return clusterId === '' ? 'the running cluster' : `the cluster '${clusterId}'`;
}

export function enginesOf({ ids }: Client): string {
  return ids.length === 1 ? '1 engine' : `${ids.length} engines`;
}
