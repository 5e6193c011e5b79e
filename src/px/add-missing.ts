import type { Client } from '../client/client.js';
import type { Cluster } from '../cluster/cluster.js';

/** Sees to it that the cluster has `n` engines at least. */
export async function addMissing(
  own: Cluster,
  client: Client,
  { n, signal }: { n: number; signal: AbortSignal },
): Promise<void> {
  const missing = n - client.ids.length;
  if (missing <= 0) return;
  try {
    await own.startEngines(missing);
    await client.waitForEngines(n, { signal });
  } catch (error) {
    signal.throwIfAborted(); // the cluster ended because of that
    throw error;
  }
}
