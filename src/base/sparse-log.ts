import type { LogFields, Logger } from './logger.js';

/** Warns of each kind of trouble the first time and then every thousandth, so that no peer can flood the log. */
export class SparseLog {
  readonly #log: Logger;
  readonly #counts = new Map<string, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param message - A constant: it is the kind. */
  warn(message: string, fields: LogFields = {}): void {
    const count = (this.#counts.get(message) ?? 0) + 1;
    this.#counts.set(message, count);
    if (count === 1 || count % 1000 === 0) this.#log.warn(message, { ...fields, count });
  }
}
