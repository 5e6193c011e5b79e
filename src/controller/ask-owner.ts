import { ParallelError } from '../base/errors.js';
import type { JsonObject, Message } from '../wire/message.js';
import type { ControllerOptions } from './controller-options.js';

/** Has the owner of the controller answer a `pxlab_cluster_request`. */
export async function askOwner(
  { onClusterRequest }: ControllerOptions,
  request: Message,
): Promise<{ content: object }> {
  if (onClusterRequest === undefined) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      'This controller was started by itself: there is no cluster that it could ask.',
    );
  }
  const content: JsonObject = request.content;
  return { content: await onClusterRequest(content, request) };
}
