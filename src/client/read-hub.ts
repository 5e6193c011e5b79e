import type { EngineDeath } from '../wire/contents.js';
import { deathIn, descriptionIn, failureIn } from '../wire/engine-fields.js';
import { countOf, objectOf } from '../wire/fields.js';
import type { JsonObject, Message } from '../wire/message.js';
import { ParallelError } from '../base/errors.js';
import type { KnownEngine } from './engine-directory.js';

/** The engines in a `connection_reply`. */
export function readEngines({ engines, pxlab }: JsonObject): KnownEngine[] {
  const descriptions = objectOf(objectOf(pxlab)?.['engines']) ?? {};
  return Object.entries(objectOf(engines) ?? {}).flatMap(([key, uuid]) => {
    const id = countOf(Number(key));
    if (id === undefined || typeof uuid !== 'string') return [];
    const described = Object.hasOwn(descriptions, key) ? descriptions[key] : undefined;
    return [{ id, uuid, description: descriptionIn(described) }];
  });
}

/** The engine that a notification is about. @throws {@link ParallelError} `MALFORMED_MESSAGE`. */
export function readNotice(content: JsonObject): KnownEngine & { readonly death: EngineDeath } {
  const { uuid, pxlab } = content;
  const id = countOf(content['id']);
  if (id === undefined || typeof uuid !== 'string') {
    throw new ParallelError('MALFORMED_MESSAGE', 'Notification dropped: it names no engine.');
  }
  const { engine, death } = objectOf(pxlab) ?? {};
  return { id, uuid, description: descriptionIn(engine), death: deathIn(death) ?? { how: 'left' } };
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
      const { queue, completed, tasks } = objectOf(counts) ?? {};
      return {
        engineId: Number(id),
        queued: countOf(queue) ?? 0,
        completed: countOf(completed) ?? 0,
        tasks: countOf(tasks) ?? 0,
      };
    });
  return { engines, unassigned: countOf(unassigned) ?? 0 };
}

/** @throws {@link ParallelError} `REMOTE` with the hub's own words when the request failed. */
export function checkHubReply({ content }: Message): JsonObject {
  const failure = failureIn(content);
  if (failure === undefined) return content;
  const { ename, evalue } = failure;
  const name = ename === 'Error' || ename === 'ParallelError' ? '' : `${ename}: `;
  throw new ParallelError('REMOTE', `The controller refused: ${name}${evalue}`);
}
