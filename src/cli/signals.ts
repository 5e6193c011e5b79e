const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type EndingSignal = (typeof endingSignals)[number];

/** Exit codes of a command that a signal ended, as shells tell them. */
export const signalCodes: Readonly<Record<EndingSignal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/**
 * Calls `listener` at Ctrl-C, at SIGTERM and when the terminal is closed, instead of ending.
 *
 * @returns what ends that.
 */
export function onEndingSignal(listener: (signal: EndingSignal) => void): () => void {
  for (const signal of endingSignals) process.on(signal, listener);
  return () => {
    for (const signal of endingSignals) process.off(signal, listener);
  };
}

/** What a wait is given up with at the first of these signals. */
export function abortOnEndingSignal(reason: (signal: EndingSignal) => Error): {
  readonly signal: AbortSignal;
  /** From now on the signals do what they always do. */
  release(): void;
} {
  const abort = new AbortController();
  const release = onEndingSignal((signal) => {
    release(); // a second Ctrl-C ends at once
    abort.abort(reason(signal));
  });
  return { signal: abort.signal, release };
}
