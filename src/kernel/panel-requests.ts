import { assertNever, ParallelError } from '../base/errors.js';
import type { Client } from '../client/client.js';
import type { InterruptOutcome } from '../client/dispatcher.js';
import { engineNames } from '../client/errors.js';
import type { PanelCommand } from '../wire/panel-messages.js';

/** What the I/O worker does by itself, however busy the main thread is. */
type ClusterCommand = Exclude<PanelCommand, { type: 'start' | 'connect' }>;

/**
 * Has the cluster do what the panel asks.
 *
 * @returns What is worth saying of it, if anything.
 * @throws {@link ParallelError} of the cluster, `NOT_CONNECTED` when there is none.
 */
export async function askCluster(
  client: Client | undefined,
  command: ClusterCommand,
): Promise<string | undefined> {
  if (client === undefined) {
    throw new ParallelError('NOT_CONNECTED', 'There is no cluster. Start one first.');
  }
  switch (command.type) {
    case 'add-engines':
      await client.clusterRequest({ action: 'start-engines', n: command.n });
      return undefined;
    case 'stop':
      await client.shutdown({ hub: true });
      return undefined;
    case 'restart-engine':
    case 'stop-engine':
      await client.clusterRequest({ action: command.type, engineId: command.engineId });
      return undefined;
    case 'interrupt':
      return outcomeText(await client.interrupt(command.engineIds ?? 'all'));
    default:
      return assertNever(command);
  }
}

/** @throws {@link ParallelError} `BLOCKED` for engines that an interrupt does not reach. */
function outcomeText(outcomes: readonly InterruptOutcome[]): string {
  const idsOf = (wanted: InterruptOutcome['outcome']): number[] =>
    outcomes.flatMap(({ outcome, engineId }) => (outcome === wanted ? [engineId] : []));
  const [stopped, blocked] = [idsOf('stopped'), idsOf('blocked')];
  if (blocked.length > 0) {
    throw new ParallelError(
      'BLOCKED',
      `Not stopped: ${engineNames(blocked)}, blocked in native code. Wait, or restart ` +
        `${blocked.length === 1 ? 'it' : 'them'}; variables are lost then.`,
    );
  }
  return stopped.length === 0
    ? 'Nothing was running.'
    : `Interrupted ${engineNames(stopped)}; variables are kept.`;
}
