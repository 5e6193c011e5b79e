import type { CellOutcome, CellRuntime } from '../runtime/cell-runtime.js';
import { encodeValue } from '../serialize/values.js';
import { digestOfCode } from '../wire/buffers-digest.js';
import type { CellMetadata, CompiledCell } from '../wire/cell.js';
import type { JsonObject, Message } from '../wire/message.js';
import { checkDigest } from './check-digest.js';
import type { EngineDeclarations } from './engine-declarations.js';
import type { Group } from './engine-px.js';
import { type Answer, failedContent, type Replier } from './reply.js';

/** What executing acts on. */
export interface ExecuteContext {
  readonly runtime: CellRuntime;
  readonly declarations: EngineDeclarations;
  readonly replier: Replier;
  /** `px.rank` and `px.size` of the cell that starts. */
  enterGroup(group: Group | undefined): void;
}

/** Answers `execute_request`s: cells that their sender compiled, and plain TypeScript. */
export class Executor {
  readonly #context: ExecuteContext;
  #count = 0;
  #plainCells = 0;

  constructor(context: ExecuteContext) {
    this.#context = context;
  }

  async execute(request: Message): Promise<Answer> {
    const { metadata, content, buffers } = request;
    const asked = cellMetadata(metadata);
    if (asked !== undefined) checkDigest(asked.buffersDigest, digestOfCode(buffers));
    if (asked !== undefined && !this.#fits(asked)) return this.#differs();
    if (content['silent'] !== true) this.#count++;
    this.#publishInput(request);
    if (asked === undefined) {
      return this.#run(await this.#compile(textOf(content['code'])), request);
    }
    this.#adopt(asked, buffers);
    this.#context.enterGroup(this.#groupOf(asked));
    return this.#run(receivedCell(asked, buffers), request);
  }

  /** Plain source compiles here, without types; the compiler is loaded when it is needed first. */
  async #compile(code: string): Promise<CompiledCell> {
    const { compileUntyped } = await import('../compiler/untyped.js');
    const name = `<engine cell ${++this.#plainCells}>`;
    const cell = await compileUntyped({ name, code, resolveFrom: process.cwd() });
    this.#context.declarations.addVariables(cell.names);
    return cell;
  }

  #groupOf({ group, groupUuids: uuids }: CellMetadata): Group | undefined {
    if (uuids === undefined) return group;
    return { rank: uuids.indexOf(this.#context.replier.uuid), size: uuids.length };
  }

  #fits({ declarations }: CellMetadata): boolean {
    return declarations === undefined || this.#context.declarations.isAt(declarations.base);
  }

  /** The sender compiles again with what this engine declares. */
  #differs(): Answer {
    const { declarations, replier } = this.#context;
    const evalue =
      'The cell was compiled against other variables than this engine holds: compile it again.';
    return {
      content: {
        ...failedContent({ ename: 'DeclarationsDiffer', evalue }, replier, 'execute'),
        execution_count: this.#count,
      },
      metadata: { pxlab: { declarations: declarations.current } },
    };
  }

  #adopt({ declarations }: CellMetadata, buffers: readonly Uint8Array[]): void {
    if (declarations === undefined) return;
    this.#context.declarations.adopt({ version: declarations.next, text: text(buffers[2]) });
  }

  async #run(cell: CompiledCell, request: Message): Promise<Answer> {
    const { runtime } = this.#context;
    const isSilent = request.content['silent'] === true;
    const source = textOf(request.content['code']);
    const outcome = await runtime.run(cell, { id: request.header.msg_id, source, isSilent });
    if (!isSilent) this.#publishOutcome(request, outcome);
    return this.#answer(outcome, cellMetadata(request.metadata)?.wantsValue === true);
  }

  #answer(outcome: CellOutcome, wantsValue: boolean): Answer {
    if (outcome.status !== 'ok') {
      const content = failedContent(outcome.error, this.#context.replier, 'execute');
      return { content: { ...content, execution_count: this.#count } };
    }
    const content = {
      status: 'ok',
      execution_count: this.#count,
      user_expressions: {},
      payload: [],
    } as const;
    const buffers = wantsValue ? encodedValue(outcome.value) : undefined;
    return buffers === undefined
      ? { content }
      : { content, buffers, metadata: { pxlab: { value: true } } };
  }

  #publishInput({ header, content }: Message): void {
    if (content['silent'] === true) return;
    this.#context.runtime.output.message({
      id: header.msg_id,
      type: 'execute_input',
      content: { code: textOf(content['code']), execution_count: this.#count },
      metadata: { engine: this.#context.replier.uuid },
    });
  }

  #publishOutcome({ header }: Message, outcome: CellOutcome): void {
    const { runtime, replier } = this.#context;
    const metadata = { engine: replier.uuid };
    const id = header.msg_id;
    if (outcome.status !== 'ok') {
      runtime.output.message({ id, type: 'error', content: outcome.error, metadata });
    } else if (outcome.hasValue) {
      const content = { data: outcome.bundle, metadata: {}, execution_count: this.#count };
      runtime.output.message({ id, type: 'execute_result', content, metadata });
    }
  }
}

/** Undefined for values that cannot be sent: the reply is good without them. */
function encodedValue(value: unknown): Uint8Array[] | undefined {
  try {
    return encodeValue(value);
  } catch {
    return undefined;
  }
}

function receivedCell(
  { cell, resolveFrom }: CellMetadata,
  buffers: readonly Uint8Array[],
): CompiledCell {
  return {
    format: 1,
    language: 'typescript',
    ...cell,
    resolveFrom,
    javascript: text(buffers[0]),
    sourceMap: text(buffers[1]),
  };
}

/** Undefined for plain source. @throws when a newer pxlab made the cell. */
function cellMetadata({ pxlab }: JsonObject): CellMetadata | undefined {
  if (typeof pxlab !== 'object' || pxlab === null || !('cell' in pxlab)) return undefined;
  if (!('format' in pxlab) || pxlab.format !== 1) {
    throw new TypeError(
      'The cell comes from another version of pxlab: use the same one on both sides.',
    );
  }
  return pxlab as CellMetadata;
}

function text(buffer: Uint8Array | undefined): string {
  return Buffer.from(buffer ?? []).toString('utf8');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
