export { type ErrorCode, ParallelError } from './base/errors.js';
export type { AsyncResult, CallOptions } from './client/async-result.js';
export type { BroadcastView } from './client/broadcast-view.js';
export { Client, type ConnectOptions, type WaitOptions } from './client/client.js';
export type { EngineInspector, EngineStack, InspectOptions } from './client/debugging.js';
export type {
  DirectView,
  ExecuteOptions,
  PushOptions,
  ViewOptions,
  ViewWidth,
} from './client/direct-view.js';
export type { InterruptOutcome } from './client/dispatcher.js';
export type { Engine, EngineChange } from './client/engine-directory.js';
export {
  CancelledError,
  CompositeError,
  DisconnectedError,
  EngineLostError,
  NoEnginesError,
  NoSuchVariableError,
  RemoteError,
  TimeoutError,
} from './client/errors.js';
export type { ClusterChoice } from './client/find-cluster.js';
export type {
  LoadBalancedOptions,
  LoadBalancedView,
  TaskReferences,
} from './client/load-balanced-view.js';
export type { EngineOutputs, Output } from './client/outputs.js';
export type { EngineQueue, QueueStatus } from './client/read-hub.js';
export type { Slice, Targets } from './client/targets.js';
export { Cluster } from './cluster/cluster.js';
export type { ClusterSummary } from './cluster/cluster-list.js';
export type { ClusterOptions } from './cluster/cluster-options.js';
export type { Owner } from './cluster/lease-state.js';
export type { EnginePx } from './engine/engine-px.js';
export type {
  Comm,
  CommListener,
  CommOpenOptions,
  CommTarget,
  NotebookComms,
} from './kernel/comms.js';
export type { StartOptions } from './px/cluster-link.js';
export type { NotebookPx, PullOptions } from './px/notebook-px.js';
export type { PxHistory } from './px/px-history.js';
export type { PxInspectors } from './px/px-inspectors.js';
export type { PxStacks } from './px/px-stacks.js';
export type { EngineRow, PxStatus } from './px/px-status.js';
export type { Display } from './runtime/display.js';
export type { ClusterLocation } from './wire/cluster-files.js';
export type { ClusterStatus, EngineObituary, EngineStatus } from './wire/cluster-requests.js';
export type { EngineDeath } from './wire/contents.js';
export type { EngineActivity, StackLine, StackReport } from './wire/debug-messages.js';
