import { type Clock, systemClock } from '../base/clock.js';
import type { Compiler, PositionRequest } from '../compiler/compiler.js';
import { completeMagic, magicAt } from '../magics/complete-magic.js';
import { helpOn } from '../magics/help.js';
import type { NotebookMagics } from '../magics/notebook-magics.js';
import { type CellPart, parseCell } from '../magics/parse-cell.js';
import { isInside } from '../magics/statement-scanner.js';
import type { MimeBundle } from '../wire/contents.js';
import {
  type Completeness,
  completeReply,
  type CursorRequest,
  inspectReply,
  isCompleteReply,
} from '../wire/jupyter.js';
import type { JsonObject } from '../wire/message.js';
import type { KnownDeclarations } from './known.js';
import type { AssistedRequest } from './messages.js';

export interface AssistantParts {
  readonly compiler: Pick<Compiler, 'complete' | 'inspect' | 'isComplete' | 'isThere'>;
  readonly magics: Pick<NotebookMagics, 'suffixes' | 'redirected'>;
  readonly known: () => KnownDeclarations;
  readonly clock?: Clock;
}

/** How long the compiler may take to say whether a cell is complete. */
const patienceMs = 400;

/** Completion, inspection and completeness of cells that are being typed. */
export class Assistant {
  readonly #compiler: AssistantParts['compiler'];
  readonly #magics: AssistantParts['magics'];
  readonly #known: () => KnownDeclarations;
  readonly #clock: Clock;

  constructor({ compiler, magics, known, clock = systemClock }: AssistantParts) {
    this.#compiler = compiler;
    this.#magics = magics;
    this.#known = known;
    this.#clock = clock;
  }

  answer(request: AssistedRequest): Promise<JsonObject> {
    switch (request.type) {
      case 'complete':
        return this.complete(request);
      case 'inspect':
        return this.inspect(request);
      case 'is-complete':
        return this.isComplete(request.code);
    }
  }

  async complete({ code, offset }: CursorRequest): Promise<JsonObject> {
    const magic = completeMagic(code, offset, this.#magics.suffixes);
    if (magic !== undefined) {
      const candidates = magic.candidates.map((name) => ({ name, kind: 'magic' }));
      return completeReply(code, magic, candidates);
    }
    const place = this.#placeOf(code, offset);
    if (place === undefined) return completeReply(code, { start: offset, end: offset }, []);
    const { start, end, candidates } = await this.#compiler.complete(place.request);
    const span = { start: start + place.shift, end: end + place.shift };
    return completeReply(code, span, candidates);
  }

  async inspect({ code, offset }: CursorRequest): Promise<JsonObject> {
    return inspectReply(await this.describe({ code, offset }));
  }

  /** Declaration and documentation of what stands at a place; undefined for nothing. */
  async describe({ code, offset }: CursorRequest): Promise<MimeBundle | undefined> {
    const magic = magicAt(code, offset);
    if (magic !== undefined) return helpOn(magic);
    const place = this.#placeOf(code, offset);
    const found = place && (await this.#compiler.inspect(place.request));
    if (found === undefined) return undefined;
    const { text, documentation } = found;
    const rest = documentation === '' ? '' : `\n\n${documentation}`;
    return {
      'text/plain': text + rest,
      'text/markdown': `\`\`\`typescript\n${text}\n\`\`\`${rest}`,
    };
  }

  /** A cell with magics is complete when its last part is. */
  async isComplete(code: string): Promise<JsonObject> {
    const last = partsOf(code)?.at(-1);
    if (last === undefined) return isCompleteReply(code.trim() === '' ? 'complete' : 'unknown');
    if (last.type === 'command') return isCompleteReply('complete');
    const { status, indent } = await this.#completenessOf(last.code);
    return isCompleteReply(status, indent);
  }

  /** Consoles ask at each line and give up asking after a second, which is less than the compiler's start. */
  async #completenessOf(code: string): Promise<{ status: Completeness; indent: string }> {
    if (this.#compiler.isThere) return this.#compiler.isComplete(code);
    const limit = new AbortController();
    const asked = this.#compiler.isComplete(code).finally(() => limit.abort());
    asked.catch(() => undefined); // its failure counts if it comes in time
    const guess = this.#clock.sleep(patienceMs, limit.signal).then(() => guessCompleteness(code));
    return Promise.race([asked, guess]);
  }

  /** The part of the cell at `offset`, as the compiler is asked about it; undefined between parts. */
  #placeOf(code: string, offset: number): { request: PositionRequest; shift: number } | undefined {
    const typed = partAt(code, offset);
    if (typed === undefined || typed.type === 'command') return undefined;
    const part = typed.type === 'px' ? typed : (this.#magics.redirected(typed) ?? typed);
    const { notebook, engines } = this.#known();
    const position = offset - part.shift;
    const common = { code: part.code, position };
    const request: PositionRequest =
      part.type === 'px'
        ? { side: 'engine', base: engines, ...common }
        : { side: 'notebook', base: notebook, engines, ...common };
    return { request, shift: part.shift };
  }
}

/** By brackets, strings and operators alone. */
function guessCompleteness(code: string): { status: Completeness; indent: string } {
  const isOpen = isInside(code, code.length) && !/\n[ \t]*\n[ \t]*$/.test(code);
  const indent = /(?:^|\n)([ \t]*)[^\n]*$/.exec(code)?.[1] ?? '';
  return isOpen
    ? { status: 'incomplete', indent: /[{([]\s*$/.test(code) ? `${indent}  ` : indent }
    : { status: 'complete', indent: '' };
}

function partAt(code: string, offset: number): CellPart | undefined {
  const parts = partsOf(code);
  if (parts?.length === 0) return { type: 'typescript', code, shift: 0 };
  return parts?.find((part) => offset >= startOf(part) && offset <= part.shift + part.code.length);
}

/** What stands before the part is blank in its code. */
function startOf({ code, shift }: CellPart): number {
  return shift + code.length - code.trimStart().length;
}

/** Undefined while a magic is half typed. */
function partsOf(code: string): readonly CellPart[] | undefined {
  try {
    return parseCell(code).parts;
  } catch {
    return undefined;
  }
}
