const isoDate = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * Microseconds since 1970 of an ISO date, which is how finely Python writes them and finer than `Date`
 * reads; NaN for what is no such date. Without an offset it is UTC.
 */
export function microseconds(date: string): number {
  const [, seconds, fraction = '', offset = 'Z'] = isoDate.exec(date) ?? [];
  if (seconds === undefined) return Number.NaN;
  return Date.parse(`${seconds}${offset}`) * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
