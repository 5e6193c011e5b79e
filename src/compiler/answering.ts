import { resolve } from 'node:path';
import { CellCompiler } from './cell-compiler.js';
import { completenessOf } from './completeness.js';
import { IdleCollection } from '../base/idle-collection.js';
import { Practice } from './practise.js';
import type { CompilerMethods, ReplyMessage, RequestMessage } from './protocol.js';

/** A request that waits comes before. */
const warmAfterMs = 20;

/** Garbage of some cells when nobody waits, of some hundreds otherwise: to collect it takes a tenth of a second. */
const worthBytes = 4 * 2 ** 20;
const pressingBytes = 64 * 2 ** 20;

/** After so many rounds of ten cells, cells take the time that they take from then on. */
const practiceRounds = 4;

/** Answers the requests of `protocol.ts` for the cells of one folder, one after another. */
export class Answering {
  readonly #folder: string;
  readonly #idle = new IdleCollection({
    worthBytes,
    pressingBytes,
    tidyUp: () => this.#tidyUp(),
  });
  readonly #methods: CompilerMethods = {
    warm: () => {
      const made = this.#made;
      this.#warming = setTimeout(() => made.warm(), warmAfterMs);
      return undefined;
    },
    compile: (request) => this.#made.compile(request),
    complete: (request) => this.#made.complete(request),
    inspect: (request) => this.#made.inspect(request),
    describeProject: () => this.#made.describeProject(),
    isComplete: (code) => completenessOf(code),
    describe: (request) => this.#made.describe(request),
    declare: (request) => this.#made.declare(request),
  };
  #compiler: CellCompiler | undefined;
  #warming: NodeJS.Timeout | undefined;
  #practice: Practice | undefined;
  #isPractised = false;
  #practising: NodeJS.Immediate | undefined;

  constructor(cwd: string) {
    this.#folder = resolve(cwd);
  }

  /** A cell that waits warms as well as another. */
  answer({ id, method, request }: RequestMessage): ReplyMessage {
    clearTimeout(this.#warming);
    clearImmediate(this.#practising);
    try {
      const call = this.#methods[method] as (request: unknown) => unknown;
      return { id, reply: call(request) };
    } catch (error) {
      return { id, error };
    }
  }

  /** To be called when an answer is on its way: from then on nobody may be waiting. */
  answered(): void {
    this.#idle.postpone();
  }

  #tidyUp(): void {
    if (succeeds(() => this.#compiler?.renew())) this.#practise();
  }

  /** The first cells are slow until V8 has compiled what compiles them: it does so while nobody waits. */
  #practise(): void {
    if (this.#isPractised) return;
    this.#isPractised = !succeeds(() => (this.#practice ??= new Practice(practiceRounds)).next());
    if (!this.#isPractised) {
      this.#practising = setImmediate(() => this.#practise());
      return;
    }
    this.#practice = undefined;
    this.#idle.postpone();
  }

  get #made(): CellCompiler {
    return (this.#compiler ??= new CellCompiler(this.#folder));
  }
}

/** Nobody has asked for this: what goes wrong, the next cell tells. @returns Whether it is to go on. */
function succeeds(step: () => unknown): boolean {
  try {
    return step() !== false;
  } catch {
    return false;
  }
}

/** The converter has no logger; what it would say on the console is for nobody. */
export function silenceConsole(): void {
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    globalThis.console[level] = () => undefined;
  }
}
