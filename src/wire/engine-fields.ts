import type { EngineDeath, EngineDescription, EngineInfo, Failed } from './contents.js';
import { countOf, objectOf, textOf, textsOf } from './fields.js';

/** What an engine of ours says of itself; undefined for anything else. */
export function descriptionIn(value: unknown): EngineDescription | undefined {
  const { language, pid, host, node, version } = objectOf(value) ?? {};
  const texts = [host, node, version].every((text) => typeof text === 'string');
  if (language !== 'typescript' || countOf(pid) === undefined || !texts) return undefined;
  return { language, pid, host, node, version } as EngineDescription;
}

/** How an engine ended; undefined when it is not told. */
export function deathIn(value: unknown): EngineDeath | undefined {
  const { how, exitCode, signal } = objectOf(value) ?? {};
  if (how !== 'exited' && how !== 'killed' && how !== 'silent' && how !== 'left') return undefined;
  return {
    how,
    ...(countOf(exitCode) === undefined ? {} : { exitCode: Number(exitCode) }),
    ...(typeof signal === 'string' ? { signal } : {}),
  };
}

/** The error in the content of a reply; undefined when it is none. */
export function failureIn(content: object): Failed | undefined {
  const { status, ename, evalue, traceback, engine_info: info } = objectOf(content) ?? {};
  if (status !== 'error') return undefined;
  return {
    status,
    ename: textOf(ename) ?? 'Error',
    evalue: textOf(evalue) ?? '',
    traceback: textsOf(traceback),
    engine_info: engineInfoIn(info) ?? {},
  };
}

function engineInfoIn(value: unknown): EngineInfo | undefined {
  const { engine_uuid: uuid, engine_id: id, method } = objectOf(value) ?? {};
  const engineId = countOf(id);
  if (engineId === undefined) return undefined;
  return {
    engine_uuid: textOf(uuid) ?? '',
    engine_id: engineId,
    method: method === 'apply' ? 'apply' : 'execute',
  };
}
