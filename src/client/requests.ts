import { decodeValue } from '../serialize/values.js';
import { digestOfCode } from '../wire/buffers-digest.js';
import type { CallMetadata, CellMetadata, CompiledCell, Declarations } from '../wire/cell.js';
import type { Pack } from './dispatcher.js';
import type { Engine } from './engine-directory.js';
import type { TaskReply } from './task-reply.js';

/** A cell as an engine gets it. */
export interface CellRequest {
  /** The TypeScript as typed: what a hub stores and shows. */
  readonly code: string;
  readonly cell: CompiledCell;
  /** Version that the engine has to hold, and what it holds afterwards. Absent: compiled without types. */
  readonly declarations?: { readonly base: string; readonly next: Declarations };
  /** Shows no input and no result, and is not counted. @defaultValue false */
  readonly silent?: boolean;
  /** The reply carries the value of the last expression. @defaultValue false */
  readonly wantsValue?: boolean;
}

export interface PackOptions {
  /** All engines that get the request, in order: their place is `px.rank`, their number `px.size`. */
  readonly engines: readonly Engine[];
  readonly label: string | undefined;
  readonly call?: CallMetadata | undefined;
  /** All engines get the same request, and find their place in it by themselves. @defaultValue false */
  readonly isBroadcast?: boolean;
}

/** Makes the `execute_request` of a compiled cell; its buffers are encoded once for all engines. */
export function packCell(request: CellRequest, options: PackOptions): Pack {
  const { code, cell, declarations, silent = false } = request;
  const { engines, label, isBroadcast = false } = options;
  const texts = [cell.javascript, cell.sourceMap, declarations?.next.text ?? ''];
  const buffers = texts.map((text) => Buffer.from(text));
  const content = { code, silent, user_expressions: {} };
  const shared: CellMetadata = {
    ...metadataOf(request, options),
    buffersDigest: digestOfCode(buffers),
    ...(isBroadcast && { groupUuids: engines.map(({ uuid }) => uuid) }),
  };
  const common = { label: label ?? null, ...(silent ? statusWhenShown : {}) };
  return ({ engine }) => {
    const group = engine && { rank: engines.indexOf(engine), size: engines.length };
    const pxlab = group === undefined || isBroadcast ? shared : { ...shared, group };
    return { type: 'execute_request', content, metadata: { ...common, pxlab }, buffers };
  };
}

function metadataOf(
  { cell, declarations, wantsValue = false }: CellRequest,
  { call }: PackOptions,
): Omit<CellMetadata, 'buffersDigest'> {
  return {
    format: cell.format,
    language: cell.language,
    cell: { name: cell.name, isAsync: cell.isAsync, names: cell.names },
    resolveFrom: cell.resolveFrom,
    wantsValue,
    ...(call === undefined ? {} : { call }),
    ...(declarations === undefined
      ? {}
      : { declarations: { base: declarations.base, next: declarations.next.version } }),
  };
}

/** Spares two of the four messages of a request that is short and shows nothing. */
export const statusWhenShown = { pxlab_status: 'when-shown' } as const;

/** Makes the `execute_request` of source text that the engine compiles itself, or that is Python. */
export function packSource(
  { code, silent = false }: Pick<CellRequest, 'code' | 'silent'>,
  { engines, label, call }: PackOptions,
): Pack {
  const content = { code, silent, user_expressions: {} };
  return ({ engine }) => {
    const group = engine && { rank: engines.indexOf(engine), size: engines.length };
    const pxlab = call && { call, ...(group && { group }) };
    const metadata = { label: label ?? null, ...(pxlab && { pxlab }) };
    return { type: 'execute_request', content, metadata, buffers: [] };
  };
}

/** The value of the request's last expression; undefined when it has none, or one that cannot travel. */
export function valueOfCell(reply: TaskReply): unknown {
  return reply.hasValue ? decodeValue(reply.buffers) : undefined;
}
