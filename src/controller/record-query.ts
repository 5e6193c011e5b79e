import { microseconds } from '../wire/dates.js';
import { dbReply, parseDbRequest } from '../wire/hub-messages.js';
import type { JsonObject } from '../wire/message.js';
import { recordFields, type TaskRecord } from '../wire/task-record.js';

/** The records that a `db_request` asks for, in MongoDB's language as far as ipyparallel knows it. */
export function matchingRecords(
  records: Iterable<TaskRecord>,
  request: JsonObject,
): ReturnType<typeof dbReply> {
  const { query, keys } = parseDbRequest(request);
  const found = [...records].filter((record) => isMatch(recordFields(record), query));
  return dbReply(found, keys);
}

function isMatch(fields: JsonObject, query: JsonObject): boolean {
  return Object.entries(query).every(([field, wanted]) => meets(valueAt(fields, field), wanted));
}

/** `metadata.pxlab.call.notebook` is a field within a field, as in MongoDB. */
function valueAt(fields: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    return isObject ? ((value as JsonObject)[key] ?? null) : null;
  }, fields);
}

/** A plain value is to be equal; an object names operators, which are to hold all together. */
function meets(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
    return isEqual(value, wanted);
  }
  return Object.entries(wanted).every(([name, operand]) => {
    const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
    if (operator === undefined) throw new TypeError(`Unknown query operator '${name}'`);
    return operator(value, operand);
  });
}

const operators: Readonly<Record<string, (value: unknown, operand: unknown) => boolean>> = {
  $eq: isEqual,
  $ne: (value, operand) => !isEqual(value, operand),
  $lt: (value, operand) => compare(value, operand) < 0,
  $lte: (value, operand) => compare(value, operand) <= 0,
  $gt: (value, operand) => compare(value, operand) > 0,
  $gte: (value, operand) => compare(value, operand) >= 0,
  $in: (value, operand) => listOf(operand).some((item) => isEqual(value, item)),
  $nin: (value, operand) => !listOf(operand).some((item) => isEqual(value, item)),
  $all: (value, operand) =>
    listOf(operand).every((item) => listOf(value).some((own) => isEqual(own, item))),
  $mod: (value, operand) => {
    const [divisor, rest] = listOf(operand);
    return typeof value === 'number' && value % Number(divisor) === Number(rest);
  },
  $exists: (value, operand) => (value !== null) === Boolean(operand),
  $glob: (value, operand) => typeof value === 'string' && isGlobMatch(value, String(operand)),
};

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || compare(a, b) === 0 || JSON.stringify(a) === JSON.stringify(b);
}

/** Order of numbers, of dates by their time, else of texts; NaN, which is no order, for the rest. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== 'string' || typeof b !== 'string') return Number.NaN;
  const difference = microseconds(a) - microseconds(b);
  if (!Number.isNaN(difference)) return difference;
  return a === b ? 0 : a < b ? -1 : 1;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Whether `text` is as `glob` says, in which `*` is any text, `?` one character and `[…]` one of several.
 * It goes back to the last `*` alone, so that no pattern takes longer than text times pattern.
 */
function isGlobMatch(text: string, glob: string): boolean {
  const steps = glob.match(/\[!?\]?[^\]]*\]|[^]/g) ?? [];
  let [at, step, starStep, starAt] = [0, 0, -1, 0];
  while (at < text.length) {
    if (steps[step] === '*') {
      [starStep, starAt] = [step, at];
      step += 1;
    } else if (step < steps.length && isOne(text.charAt(at), steps[step] ?? '')) {
      [at, step] = [at + 1, step + 1];
    } else if (starStep >= 0) {
      starAt += 1;
      [at, step] = [starAt, starStep + 1];
    } else return false;
  }
  return steps.slice(step).every((rest) => rest === '*');
}

/** One character against `?`, `[…]` or itself. */
function isOne(character: string, step: string): boolean {
  if (step === '?') return true;
  if (step.length === 1) return step === character;
  const isNegated = step[1] === '!';
  const set = step.slice(isNegated ? 2 : 1, -1);
  const ranges = set.match(/[^]-[^]|[^]/g) ?? [];
  const isInside = ranges.some((range) =>
    range.length === 3
      ? range.charAt(0) <= character && character <= range.charAt(2)
      : range === character,
  );
  return isInside !== isNegated;
}
