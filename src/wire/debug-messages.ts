import { listOf, objectOf, textOf, textsOf } from './fields.js';
import type { JsonObject } from './message.js';

/** Requests of ours on an engine's control channel, answered while its code runs. */
export const stackRequest = 'pxlab_stack_request';
export const inspectRequest = 'pxlab_inspect_request';

/** One line of a stack, in the cell's own lines where it is of a cell. */
export interface StackLine {
  /** Empty at the top level of a cell. */
  readonly functionName: string;
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

/**
 * What the main thread of an engine does:
 *
 * - `running`: JavaScript, at `lines`;
 * - `awaiting`: its cell waits for promises, timers or callbacks;
 * - `halted`: a debugger holds it at `lines`;
 * - `blocked`: it answers nothing, since it is in native code;
 * - `idle`: nothing.
 */
export type EngineActivity = 'running' | 'awaiting' | 'halted' | 'blocked' | 'idle';

const activities: readonly EngineActivity[] = ['running', 'awaiting', 'halted', 'blocked', 'idle'];

/** `pxlab.stack` of the reply to a {@link stackRequest}. */
export interface StackReport {
  readonly activity: EngineActivity;
  /** Name of the cell that runs. Absent for what earlier cells left. */
  readonly cell?: string;
  /** How long it has been running. */
  readonly runningMs?: number;
  /** Innermost first. */
  readonly lines: readonly StackLine[];
  /** The place with the lines of the cell around it, as errors show it. */
  readonly excerpt: readonly string[];
}

/** Content of an {@link inspectRequest}. */
export interface InspectRequest {
  readonly action: 'open' | 'close';
  /** 0 for any free one. */
  readonly port?: number;
}

/** `pxlab.inspector` of its reply. */
export interface InspectReport {
  /** Of the debugger that is open now. */
  readonly url?: string;
  /** It was open before the request. */
  readonly wasOpen: boolean;
}

/** Undefined for what is no answer to a {@link stackRequest}. */
export function readStackReport({ pxlab }: JsonObject): StackReport | undefined {
  const stack = objectOf(objectOf(pxlab)?.['stack']);
  const activity = activities.find((each) => each === stack?.['activity']);
  if (stack === undefined || activity === undefined) return undefined;
  const { cell, runningMs } = stack;
  return {
    activity,
    ...(typeof cell === 'string' ? { cell } : {}),
    ...(typeof runningMs === 'number' ? { runningMs } : {}),
    lines: listOf(stack['lines']).flatMap((line) => readLine(line) ?? []),
    excerpt: textsOf(stack['excerpt']),
  };
}

function readLine(value: unknown): StackLine | undefined {
  const { functionName, file, line, column } = objectOf(value) ?? {};
  if (typeof file !== 'string' || typeof line !== 'number' || typeof column !== 'number') {
    return undefined;
  }
  return { functionName: textOf(functionName) ?? '', file, line, column };
}

/** What an engine is asked for; undefined for what is no such request. */
export function readInspectRequest({ action, port = 0 }: JsonObject): InspectRequest | undefined {
  if (action === 'close') return { action };
  return action === 'open' && isPort(port) ? { action, port } : undefined;
}

export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

/** Undefined for what is no answer to an {@link inspectRequest}. */
export function readInspectReport({ pxlab }: JsonObject): InspectReport | undefined {
  const report = objectOf(objectOf(pxlab)?.['inspector']);
  if (typeof report?.['wasOpen'] !== 'boolean') return undefined;
  const { wasOpen, url } = report;
  return { wasOpen, ...(typeof url === 'string' ? { url } : {}) };
}
