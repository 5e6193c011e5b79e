import { ParallelError } from '../base/errors.js';
import { DisconnectedError } from './errors.js';

type Gone = 'stopped' | 'dead' | 'silent';

class ClusterGoneError extends DisconnectedError {
  readonly how: Gone;

  constructor(message: string, how: Gone) {
    super(message);
    this.name = DisconnectedError.name;
    this.how = how;
  }
}

/** Whether a connection ended since the cluster has ended for certain. */
export function isClusterEnd(error: unknown): boolean {
  return error instanceof ClusterGoneError && error.how !== 'silent';
}

/** The cluster has ended, as far as anyone can see from here. */
export function clusterGone(how: Gone): DisconnectedError {
  const what = {
    stopped: 'The cluster was stopped.',
    dead: 'Its controller is gone.',
    silent: 'Its controller does not answer any more.',
  };
  return new ClusterGoneError(
    `The connection to the cluster ended. ${what[how]} ` +
      'What its engines held is gone with it; start a cluster and connect again.',
    how,
  );
}

/** The cluster may go on, but cannot be reached. */
export function clusterOutOfReach(silentMs: number): DisconnectedError {
  return new DisconnectedError(
    `The connection to the cluster ended. Its controller could not be reached for ${silentMs / 1000} s. ` +
      'Connect again when the network is back: if the cluster runs, its engines have kept what they held, and ' +
      'client.result(id) finds what they answered meanwhile.',
  );
}

/** The hub does not know a request that was under way when the connection broke. */
export function requestLost(cause: unknown): ParallelError {
  return new ParallelError(
    'REQUEST_LOST',
    'The connection to the cluster broke while this was under way, and the cluster knows nothing of it: ' +
      'it did not arrive, or its result was dropped to make room. Run it again, if it may run twice.',
    { cause },
  );
}

/** Why a question that may not be asked twice has failed. */
export function questionLost(): DisconnectedError {
  return new DisconnectedError(
    'The connection to the cluster broke before the answer came: whether this was done is not known. ' +
      'Look with `pxcluster status`, and ask again if it was not.',
  );
}
