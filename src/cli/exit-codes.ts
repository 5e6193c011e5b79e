import { CommanderError } from 'commander';
import { type ErrorCode, ParallelError } from '../base/errors.js';

/** The numbers are ipcluster's. Source: ipyparallel 9.2, `ipyparallel/cluster/app.py`. */
export const exitCodes = {
  failed: 1,
  usage: 2,
  alreadyStarted: 10,
  alreadyStopped: 11,
  noCluster: 12,
} as const;

/** A command's outcome that is not success, with its own exit code. */
export class CommandError extends ParallelError {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, code: ErrorCode = 'CLUSTER_NOT_FOUND') {
    super(code, message);
    this.exitCode = exitCode;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (!(error instanceof ParallelError)) return exitCodes.failed;
  return byCode[error.code] ?? exitCodes.failed;
}

const byCode: Partial<Record<ErrorCode, number>> = {
  ALREADY_STARTED: exitCodes.alreadyStarted,
  CLUSTER_NOT_FOUND: exitCodes.noCluster,
  CLUSTER_NOT_RUNNING: exitCodes.noCluster,
  BAD_ARGUMENT: exitCodes.usage,
  UNKNOWN_FLAG: exitCodes.usage,
};
