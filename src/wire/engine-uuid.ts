import { newSessionId } from './message.js';

const mark = 'typescript-';

/**
 * The uuid of an engine of ours, which is its ZeroMQ identity and its session's id as well. It says the
 * language, since it is all that a hub of ipyparallel's tells clients of an engine.
 */
export function newEngineUuid(): string {
  return `${mark}${newSessionId()}`;
}

/** The language of the engine with this uuid, where nothing else tells it. */
export function languageOfUuid(uuid: string): 'typescript' | 'python' {
  return uuid.startsWith(mark) ? 'typescript' : 'python';
}
