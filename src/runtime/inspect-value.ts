import { inspect } from 'node:util';

const maxLength = 100_000;

/** The text of any value, within limits that say what they cut. Never throws. */
export function inspectValue(value: unknown): string {
  try {
    const text = inspect(value, {
      depth: 4,
      maxArrayLength: 200,
      maxStringLength: 10_000,
      breakLength: 100,
      compact: 3,
    });
    return text.length <= maxLength ? text : cut(text);
  } catch (thrown) {
    return `[${typeOf(value)} that cannot be shown: ${reasonOf(thrown)}]`;
  }
}

function cut(text: string): string {
  return `${text.slice(0, maxLength)}\n… ${text.length - maxLength} more characters`;
}

function typeOf(value: unknown): string {
  return typeof value === 'object' ? 'object' : typeof value;
}

function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : 'its inspection threw';
  } catch {
    return 'its inspection threw';
  }
}
