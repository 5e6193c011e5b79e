import type { EngineDeath, EngineDescription, EngineNotice } from '../wire/contents.js';
import { isFailed } from '../wire/contents.js';
import type { JsonObject, Message } from '../wire/message.js';
import { ParallelError } from '../base/errors.js';
import type { KnownEngine } from './engine-directory.js';

/** The engines in a `connection_reply`. */
export function readEngines(content: JsonObject): KnownEngine[] {
  const { engines = {}, pxlab } = content as {
    engines?: Readonly<Record<string, string>>;
    pxlab?: { engines?: Readonly<Record<string, EngineDescription>> };
  };
  return Object.entries(engines).map(([id, uuid]) => ({
    id: Number(id),
    uuid,
    description: pxlab?.engines?.[id],
  }));
}

/** The engine that a notification is about. */
export function readNotice(content: JsonObject): KnownEngine & { readonly death: EngineDeath } {
  const { id, uuid, pxlab } = content as unknown as EngineNotice;
  return { id, uuid, description: pxlab?.engine, death: pxlab?.death ?? { how: 'left' } };
}

/** How many requests an engine has. */
export interface EngineQueue {
  readonly engineId: number;
  readonly queued: number;
  readonly completed: number;
  readonly tasks: number;
}

export interface QueueStatus {
  readonly engines: readonly EngineQueue[];
  /** Load-balanced tasks that no engine has yet. */
  readonly unassigned: number;
}

/** The counts in a `queue_reply`. */
export function readQueueStatus(content: JsonObject): QueueStatus {
  const { unassigned } = content;
  const engines = Object.entries(content)
    .filter(([id]) => /^\d+$/.test(id))
    .map(([id, counts]) => {
      const { queue, completed, tasks } = counts as Readonly<Record<string, number | undefined>>;
      return {
        engineId: Number(id),
        queued: queue ?? 0,
        completed: completed ?? 0,
        tasks: tasks ?? 0,
      };
    });
  return { engines, unassigned: typeof unassigned === 'number' ? unassigned : 0 };
}

/** @throws {@link ParallelError} `REMOTE` with the hub's own words when the request failed. */
export function checkHubReply({ content }: Message): JsonObject {
  if (!isFailed(content)) return content;
  const { ename, evalue } = content as { ename?: string; evalue?: string };
  const name = ename === undefined || ename === 'ParallelError' ? '' : `${ename}: `;
  throw new ParallelError('REMOTE', `The controller refused: ${name}${evalue ?? ''}`);
}
