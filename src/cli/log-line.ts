import { styled } from './output.js';

/** A line of a log as people read it: events of JSON become text, everything else stays as it is. */
export function readableLine(line: string): string {
  const event = parseEvent(line);
  if (event === undefined) return line;
  const { time, level, message, ...fields } = event;
  const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${textOf(value)}`);
  const mark = level === 'warn' || level === 'error' ? styled('red', level) : String(level);
  const gap = ' '.repeat(Math.max(1, 6 - String(level).length));
  return `${secondsOf(String(time))} ${mark}${gap}${String(message)}${facts.join('')}`;
}

function parseEvent(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const event = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const isEvent = ['time', 'level', 'message'].every((field) => typeof event[field] === 'string');
    return isEvent ? event : undefined;
  } catch {
    return undefined;
  }
}

/** `2026-11-22T19:53:02.123Z` without the T and the fraction. */
function secondsOf(time: string): string {
  return time.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 10) / 10);
  const isPlain = typeof value === 'string' && /^[^\s"]+$/.test(value);
  return isPlain ? value : JSON.stringify(value);
}
