import type { Clock } from '../base/clock.js';
import { type Deferred, deferred } from '../base/deferred.js';
import { ParallelError } from '../base/errors.js';
import type { JsonObject, Message, Session } from '../wire/message.js';
import type { FoundCluster } from './find-cluster.js';
import { isDeserted } from './probe.js';

/** A controller that is there connects well within this time; one that does not is looked for. */
const probeAfterMs = 250;
/** How long a subscription takes with a controller that does not greet, by experience. */
const unconfirmedMs = 150;

/** The first words between client and controller. */
export interface Greeting {
  /** The hub's `connection_reply`, once the subscriptions are known to be in place. */
  readonly done: Promise<Message>;
  onWelcome(content: JsonObject): void;
  onLink(event: 'connected' | 'disconnected' | 'refused', link: string): void;
  onFault(error: Error): void;
}

export interface GreetingOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
  readonly session: Session;
  askEngines(): Promise<Message>;
}

/**
 * Waits for the iopub subscription to be confirmed and the notifications to be connected, then asks for
 * the engines, so that no output and no engine is missed. What stands in the way becomes one sentence.
 */
export function greet(cluster: FoundCluster, options: GreetingOptions): Greeting {
  const progress = { welcomed: deferred(), notified: deferred(), asked: deferred() };
  const trouble = deferred<never>();
  const { welcomed, notified, asked } = progress;
  const ready = Promise.all([welcomed.promise, notified.promise, asked.promise]);
  const reply = ready.then(() => options.askEngines());
  const onConnected = (link: string): void => {
    if (link === 'query') asked.resolve();
    if (link === 'notification') notified.resolve();
    const isGreeted = cluster.info.pxlab !== undefined;
    if (link !== 'iopub' || isGreeted) return;
    void options.clock.sleep(unconfirmedMs).then(() => welcomed.resolve()); // it does not reject
  };
  return {
    onWelcome: (content) => {
      if (content['session'] === options.session.id) welcomed.resolve();
    },
    onLink: (event, link) => {
      if (event === 'refused') trouble.reject(refused(cluster));
      if (event === 'connected') onConnected(link);
    },
    onFault: (error) => {
      const isKey = error instanceof ParallelError && error.code === 'SIGNATURE_INVALID';
      if (isKey) trouble.reject(wrongKey(cluster));
    },
    done: answerOrTrouble(reply, { cluster, options, trouble, connected: asked.promise }),
  };
}

interface Watch {
  readonly cluster: FoundCluster;
  readonly options: GreetingOptions;
  readonly trouble: Deferred<never>;
  readonly connected: Promise<void>;
}

async function answerOrTrouble(reply: Promise<Message>, watch: Watch): Promise<Message> {
  const { signal } = watch.options;
  const over = new AbortController();
  const onAbort = (): void => watch.trouble.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  reply.catch(() => undefined); // when something else went wrong first
  void watchSilence(watch, over.signal); // it does not reject
  try {
    return await Promise.race([reply, watch.trouble.promise]);
  } finally {
    over.abort();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** ZeroMQ tries again for ever where nobody listens: finds that out, and ends the wait in any case. */
async function watchSilence(
  { cluster, options, trouble, connected }: Watch,
  over: AbortSignal,
): Promise<void> {
  const { clock, timeoutMs } = options;
  const firstMs = Math.min(probeAfterMs, timeoutMs);
  const isEarly = await Promise.race([
    connected.then(() => true),
    clock.sleep(firstMs, over).then(() => over.aborted),
  ]);
  if (!isEarly && (await isDeserted(cluster.route, cluster.info.registration))) {
    trouble.reject(notRunning(cluster, 'nothing listens at its address'));
    return;
  }
  await clock.sleep(timeoutMs - (isEarly ? 0 : firstMs), over);
  if (over.aborted) return;
  trouble.reject(
    isEarly
      ? silent(cluster, timeoutMs)
      : notRunning(cluster, `it did not answer within ${timeoutMs} ms`),
  );
}

function notRunning({ source }: FoundCluster, why: string): ParallelError {
  return new ParallelError(
    'CLUSTER_NOT_RUNNING',
    `The cluster of ${source} does not run any more: ${why}. ` +
      'Remove its file with `pxcluster clean`, and start a cluster with `pxcluster start`.',
  );
}

function silent({ source }: FoundCluster, timeoutMs: number): ParallelError {
  return new ParallelError(
    'CLUSTER_NOT_RUNNING',
    `The cluster of ${source} is there but did not answer within ${timeoutMs} ms: it is stuck, or the key ` +
      'in the file is not its key. Copy the file anew from where the cluster was started, or restart the cluster.',
  );
}

function wrongKey({ source }: FoundCluster): ParallelError {
  return new ParallelError(
    'CONNECTION_REFUSED',
    `The key in ${source} is not the cluster's: the file is of another cluster or of an earlier start. ` +
      'Copy it anew from where the cluster was started.',
  );
}

function refused({ source }: FoundCluster): ParallelError {
  return new ParallelError(
    'CONNECTION_REFUSED',
    `The cluster of ${source} refused the connection: the server key in the file is not its own. ` +
      'Copy the file anew from where the cluster was started.',
  );
}
