import type { EngineObituary, RunningTask } from './cluster-requests.js';
import { deathIn } from './engine-fields.js';
import { countOf, listOf, objectOf, textOf } from './fields.js';
import type { JsonObject } from './message.js';
import type { RequestRecord } from './task-record.js';

/**
 * How a running cluster stands, as its controller pushes it on iopub (ours): `pxlab_state`, whenever
 * something changes. Only while someone subscribes to {@link stateTopic}: the subscription is what makes
 * the engines measure themselves, and its end, also by the death of the one who looked, ends that.
 */
export const stateTopic = 'pxlab-state';

/** Topic by which a controller asks its engines for samples of themselves, `pxlab_sample` on iopub. */
export const sampleTopic = 'pxlab-sample';

/** Content of `pxlab_state`. */
export interface ClusterState {
  readonly engines: readonly EngineState[];
  /** Engines that ended unasked, the last ones, oldest first. */
  readonly deaths: readonly EngineObituary[];
}

export interface EngineState extends Partial<EngineSample> {
  readonly id: number;
  readonly uuid: string;
  readonly language: 'typescript' | 'python';
  /** Absent for engines that say nothing of themselves, such as Python's. */
  readonly host?: string;
  readonly pid?: number;
  /** What it runs; absent when it is idle. */
  readonly running?: RunningTask;
  /** Requests that wait for the one that runs. */
  readonly queued: number;
  readonly completed: number;
}

/** What an engine tells of itself once a second, and when it printed something: content of `pxlab_sample`. */
export interface EngineSample {
  /** Processor time of the last second, 100 for one whole core. */
  readonly cpuPercent: number;
  /** Resident memory of its process. */
  readonly memoryBytes: number;
  /** The last line that it printed, cut at 200 characters. */
  readonly lastOutput?: { readonly name: 'stdout' | 'stderr'; readonly text: string };
}

/** @returns undefined for what is no sample. */
export function parseSample(content: JsonObject): EngineSample | undefined {
  const { cpuPercent, memoryBytes, lastOutput } = content;
  if (typeof cpuPercent !== 'number' || typeof memoryBytes !== 'number') return undefined;
  const line = parseLine(lastOutput);
  return { cpuPercent, memoryBytes, ...(line && { lastOutput: line }) };
}

function parseLine(value: unknown): EngineSample['lastOutput'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, text } = value as JsonObject;
  if ((name !== 'stdout' && name !== 'stderr') || typeof text !== 'string') return undefined;
  return { name, text };
}

/** How people know a request: by its label, its cell, or the first line of its source. */
export function taskNameOf({ metadata, content }: RequestRecord): string | undefined {
  const { label, pxlab } = metadata;
  const { cell, method } = (pxlab ?? {}) as { cell?: { name?: unknown }; method?: unknown };
  const cellName = typeof cell?.name === 'string' && !cell.name.startsWith('<') ? cell.name : '';
  const given = [label, cellName, method, firstLineOf(content['code'])];
  const found = given.find((name) => typeof name === 'string' && name !== '');
  return typeof found === 'string' ? found : undefined;
}

function firstLineOf(code: unknown): string | undefined {
  return typeof code === 'string' ? code.trim().split('\n', 1)[0]?.slice(0, nameLimit) : undefined;
}

const nameLimit = 80;

/** The state in a `pxlab_state`, without what is no engine. */
export function readState({ engines, deaths }: JsonObject): ClusterState {
  return {
    engines: listOf(engines).filter(isEngineState),
    deaths: listOf(deaths).filter(isObituary),
  };
}

function isEngineState(value: unknown): value is EngineState {
  const { id, uuid, language, running, queued, completed, ...sample } = objectOf(value) ?? {};
  const isLanguage = language === 'typescript' || language === 'python';
  const isMeasured = sample['cpuPercent'] === undefined || parseSample(sample) !== undefined;
  const isTask = running === undefined || textOf(objectOf(running)?.['messageId']) !== undefined;
  return (
    [id, queued, completed].every(isCount) && isText(uuid) && isLanguage && isMeasured && isTask
  );
}

function isObituary(value: unknown): value is EngineObituary {
  const { id, uuid, at, death } = objectOf(value) ?? {};
  return isCount(id) && isText(uuid) && isText(at) && deathIn(death) !== undefined;
}

function isCount(value: unknown): boolean {
  return countOf(value) !== undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
