import type { EngineObituary } from './cluster-requests.js';

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

export interface RunningTask {
  readonly messageId: string;
  /** `Cell [3]`, or the first line of its source; absent where nothing is known of it. */
  readonly name?: string;
  /** ISO 8601. */
  readonly since: string;
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
