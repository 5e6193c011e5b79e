import { type Clock, systemClock } from '../base/clock.js';
import type { CompilerWay } from '../compiler/compiler.js';
import { CompilerPort } from '../compiler/compiler-port.js';
import { redirect } from '../magics/redirect.js';
import { noDeclarations } from '../wire/cell.js';
import type { JsonObject } from '../wire/message.js';
import type { Assistant, AssistantParts } from './assist.js';
import type { Known } from './known.js';
import type { AssistedRequest, KernelRequest } from './messages.js';

const nothingKnown: Known = {
  ...{ notebook: noDeclarations, engines: noDeclarations },
  ...{ suffixes: [], auto: undefined },
};

/** A main thread that is not blocked answers sooner. */
const mainAnswersMs = 100;

/** Answers what is asked about code that is being typed, while a cell blocks the main thread. */
export class StandInAssistant {
  readonly #clock: Clock;
  #compiler: CompilerPort | undefined;
  /** There from the first cell on. */
  #known: Known | undefined;
  #assistant: Promise<Assistant> | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The compiler, or the one in its place. */
  connect(way: CompilerWay): void {
    this.#compiler?.close();
    this.#compiler = new CompilerPort(way);
    this.#assistant = undefined;
  }

  learn(known: Known): void {
    this.#known = known;
  }

  /** Undefined for what is no longer wanted once main has had its time, and for what main alone knows. */
  async answer(request: KernelRequest, isWanted: () => boolean): Promise<JsonObject | undefined> {
    if (!isAssisted(request)) return undefined;
    await this.#clock.sleep(mainAnswersMs);
    if (!isWanted() || this.#compiler === undefined || this.#known === undefined) return undefined;
    const assistant = await (this.#assistant ??= this.#load(this.#compiler));
    return assistant.answer(request);
  }

  close(): void {
    this.#compiler?.close();
  }

  /** Loaded only when a cell blocks. */
  async #load(compiler: CompilerPort): Promise<Assistant> {
    const { Assistant: Loaded } = await import('./assist.js');
    const known = (): Known => this.#known ?? nothingKnown;
    return new Loaded({ compiler, magics: magicsOf(known), known });
  }
}

function magicsOf(known: () => Known): AssistantParts['magics'] {
  return {
    get suffixes() {
      return known().suffixes;
    },
    redirected: (part) => redirect(part, known().auto),
  };
}

function isAssisted(request: KernelRequest): request is AssistedRequest {
  return ['complete', 'inspect', 'is-complete'].includes(request.type);
}
