import type { Owner } from './lease-state.js';

/** Lines of JSON on the supervisor's lease socket. */
export type LeaseMessage =
  | { readonly type: 'engine'; readonly uuid: string }
  | { readonly type: 'owner'; readonly owner: Owner }
  | { readonly type: 'release' }
  | { readonly type: 'restart' };

/** The message in `line`, or undefined for a line of another kind. */
export function parseLeaseLine(line: string): LeaseMessage | undefined {
  const fields = parseObject(line);
  const { engine, owner, kind, release, restart } = fields;
  if (typeof engine === 'string') return { type: 'engine', uuid: engine };
  if (typeof owner === 'string' && (kind === 'kernel' || kind === 'script')) {
    return { type: 'owner', owner: { id: owner, kind } };
  }
  if (release === true) return { type: 'release' };
  return restart === true ? { type: 'restart' } : undefined;
}

export function ownerLine({ id, kind }: Owner): string {
  return line({ owner: id, kind, pid: process.pid });
}

export const releaseLine: string = line({ release: true });
export const restartLine: string = line({ restart: true });
/** The supervisor's answers to an owner. */
export const acceptedLine: string = line({ accepted: true });
export const refusedLine: string = line({ accepted: false });

/** True for the line by which the supervisor takes an owner. */
export function isAccepted(text: string): boolean {
  return parseObject(text)['accepted'] === true;
}

function line(fields: object): string {
  return `${JSON.stringify(fields)}\n`;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
