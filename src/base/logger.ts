export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** A constant message, facts in fields. Never the key, code, or values. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One line of JSON an event, to `write`; what lies below `level` is dropped. */
export function jsonLogger(
  write: (line: string) => void,
  options: { level?: LogLevel; fields?: LogFields } = {},
): Logger {
  const { level = 'info', fields: common = {} } = options;
  const log =
    (own: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (rank[own] < rank[level]) return;
      const time = new Date().toISOString();
      write(`${JSON.stringify({ time, level: own, message, ...common, ...fields })}\n`);
    };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

/** Drops everything. */
export const silentLogger: Logger = jsonLogger(() => undefined);
