import { systemClock } from '../base/clock.js';
import { ParallelError } from '../base/errors.js';
import type { AsyncResult } from '../client/async-result.js';
import type { Client } from '../client/client.js';
import type { DirectView } from '../client/direct-view.js';
import type { Engine } from '../client/engine-directory.js';
import { DeclarationsDifferError, engineNames } from '../client/errors.js';
import type { CellRequest } from '../client/requests.js';
import type { Targets } from '../client/targets.js';
import type { Compiler } from '../compiler/compiler.js';
import {
  type CallMetadata,
  type CompiledCell,
  type Declarations,
  noDeclarations,
} from '../wire/cell.js';
import { withVariables } from '../wire/declarations.js';
import type { WaitOptions } from './cluster-link.js';
import { KnownDeclarations } from './known-declarations.js';
import type { Notebook } from './notebook.js';
import { Turns } from './turns.js';
import { typeOfValue } from './type-of-value.js';
import { TypeScriptError } from './typescript-error.js';

/** TypeScript for engines. */
export interface EngineCell {
  readonly code: string;
  /** Its name in stacks and messages: `Cell [3]`. */
  readonly name: string;
  readonly targets: Targets;
  /** The values of its last expression come back. @defaultValue false */
  readonly wantsValues?: boolean;
  readonly timeoutMs?: number;
  /** By it the records of its requests are found together. */
  readonly call?: CallMetadata;
}

/**
 * Compiles the notebook's cells for engines, once for all that declare the same, and sends them. What one
 * cell declares, the next is checked against, although nobody waited for the first one's end.
 */
export class EngineCells {
  readonly known: KnownDeclarations = new KnownDeclarations();
  readonly #compiler: Compiler;
  readonly #notebook: Notebook;
  readonly #turns = new Turns();
  /** Connections to clusters in which others may declare things. */
  readonly #shared = new WeakSet<Client>();
  /** By engine: what it answered that it declares instead, and what it declares after the cell sent since. */
  readonly #corrected = new Map<string, { readonly from: string; readonly to: Declarations }>();

  constructor(parts: { readonly compiler: Compiler; readonly notebook: Notebook }) {
    this.#compiler = parts.compiler;
    this.#notebook = parts.notebook;
  }

  /**
   * Sends `cell` to its engines.
   *
   * @returns Its result in an object: a promise of the result itself would be one of its values.
   * @throws {@link TypeScriptError} before anything is sent; `NO_ENGINES`, `NO_SUCH_ENGINE`.
   */
  execute(
    client: Client,
    cell: EngineCell,
    { signal }: WaitOptions = {},
  ): Promise<{ result: AsyncResult<unknown[]> }> {
    return this.#turns.take(async () => {
      const view = client.direct(targetList(cell.targets));
      if (areAllPython(view.engines)) return { result: sendPython(view, cell) };
      const requests = this.#shared.has(client)
        ? await this.#compileWithNews(view, cell, signal)
        : await this.#compileFor(view, cell, signal);
      signal?.throwIfAborted();
      // Chosen now: the client may send later, when what was called before has been sent.
      const chosen = new Map<Engine, CellRequest>();
      for (const engine of view.engines) {
        const request = requests.get(this.known.of(engine).version);
        if (request !== undefined) chosen.set(engine, request);
      }
      const result = view.executeCell((engine) => requestOf(engine, chosen), {
        ...(cell.timeoutMs === undefined ? {} : { timeoutMs: cell.timeoutMs }),
        ...(cell.call === undefined ? {} : { call: cell.call }),
        onDeclarationsDiffer: (error) => this.#compileAgain(client, cell, error),
      });
      for (const [engine, { declarations }] of chosen) {
        if (declarations !== undefined) this.known.set(engine, declarations.next);
      }
      return { result };
    });
  }

  /**
   * Learns what the engines declare, for a cluster that others use too. Engines that are busy answer later:
   * nobody waits for that, since a cell that does not fit is told so anyway.
   */
  learn(client: Client): void {
    this.#shared.add(client);
    const ids = client.engines.filter(isTypeScript).map(({ id }) => id);
    if (ids.length > 0) void this.#probe(client.direct(ids)); // it never rejects
  }

  /** Sets variables on all engines; later cells know their types. */
  push(
    client: Client,
    values: Readonly<Record<string, unknown>>,
    options: WaitOptions = {},
  ): Promise<void> {
    return this.#turns
      .take(async () => {
        const types = await this.#typesOf(values);
        const view = client.direct('all');
        const { engines } = view;
        const sent = view.push(values, { types, ...options });
        for (const engine of engines.filter(isTypeScript))
          this.known.set(engine, withVariables(this.known.of(engine), types));
        return { sent };
      })
      .then(async ({ sent }) => {
        await sent;
      });
  }

  /** A name that is unknown here may be one that another notebook declared: then the engines know it. */
  async #compileWithNews(
    view: DirectView,
    cell: EngineCell,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, CellRequest>> {
    const versions = (): string =>
      view.engines.map((engine) => this.known.of(engine).version).join();
    const before = versions();
    try {
      return await this.#compileFor(view, cell, signal);
    } catch (error) {
      if (!(error instanceof TypeScriptError)) throw error;
      await Promise.race([this.#probe(view), systemClock.sleep(probeLimitMs, signal)]);
      if (versions() === before) throw error;
      return this.#compileFor(view, cell, signal);
    }
  }

  /** Sends a cell that changes nothing: who declares something else answers what. */
  async #probe(view: DirectView): Promise<void> {
    const { engines } = view;
    const asked = new Map(
      engines.map((engine) => [engine.id, { engine, base: this.known.of(engine) }]),
    );
    const answers = await view.executeCell(({ id }) => probeOf(asked.get(id)?.base)).settled;
    for (const answer of answers) {
      const reason: unknown = answer.status === 'rejected' ? answer.reason : undefined;
      const was = asked.get(answer.engineId ?? -1);
      if (!(reason instanceof DeclarationsDifferError) || was === undefined) continue;
      // What was sent since then is newer than the answer.
      if (this.known.of(was.engine) === was.base) this.known.set(was.engine, reason.declarations);
    }
  }

  /** One cell for each version of declarations that the engines hold: engines may come and go meanwhile. */
  async #compileFor(
    view: DirectView,
    cell: EngineCell,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, CellRequest>> {
    const requests = new Map<string, CellRequest>();
    for (;;) {
      const groups = this.known.groups(view.engines);
      const missing = groups.filter(({ declarations }) => !requests.has(declarations.version));
      if (missing.length === 0) return requests;
      for (const { declarations, engines } of missing) {
        const note = groups.length === 1 ? undefined : differs(engines);
        const request = await this.#compile(cell, declarations, { signal, note });
        requests.set(declarations.version, request);
      }
    }
  }

  async #compile(
    { code, name, wantsValues = false }: EngineCell,
    base: Declarations,
    { signal, note }: { signal?: AbortSignal | undefined; note?: string | undefined } = {},
  ): Promise<CellRequest> {
    const { declarations: notebook, resolveFrom } = this.#notebook;
    const compiled = await this.#compiler.compile(
      { side: 'engine', name, code, base, resolveFrom, notebook },
      signal === undefined ? {} : { signal },
    );
    if (!compiled.ok) throw new TypeScriptError(name, compiled.diagnostics, note);
    const { cell, next } = compiled;
    return { code, cell, declarations: { base: base.version, next }, wantsValue: wantsValues };
  }

  /** For an engine that holds something else, for instance since another notebook declared it there. */
  #compileAgain(
    client: Client,
    cell: EngineCell,
    { engineId, declarations }: DeclarationsDifferError,
  ): Promise<CellRequest> {
    return this.#turns.take(async () => {
      const engine = client.engines.find(({ id }) => id === engineId);
      const corrected = engine && this.#corrected.get(engine.uuid);
      // Of several cells on their way, each builds on the one that was sent again before it.
      const base = corrected?.from === declarations.version ? corrected.to : declarations;
      if (engine !== undefined) this.known.set(engine, base);
      const request = await this.#compile(cell, base, {
        note: `So on engine ${engineId}, where other variables were declared meanwhile.`,
      });
      const to = request.declarations?.next;
      if (engine !== undefined && to !== undefined) {
        this.known.set(engine, to);
        this.#corrected.set(engine.uuid, { from: declarations.version, to });
      }
      return request;
    });
  }

  /** The compiler knows the types of the notebook's variables; of other values, the value tells. */
  async #typesOf(values: Readonly<Record<string, unknown>>): Promise<Record<string, string>> {
    const { variables, declarations: base } = this.#notebook;
    const own = Object.keys(values).filter(
      (name) => Object.hasOwn(variables, name) && Object.is(variables[name], values[name]),
    );
    const described =
      own.length === 0
        ? {}
        : await this.#compiler.describe({ names: own, base, engines: this.known.merged });
    const types = Object.entries(values).map(([name, value]) => [
      name,
      described[name] ?? typeOfValue(value),
    ]);
    return Object.fromEntries(types) as Record<string, string>;
  }
}

/** Python engines get their cells as they are typed; their text and a TypeScript engine's are not one. */
function areAllPython(engines: readonly Engine[]): boolean {
  const python = engines.filter((engine) => !isTypeScript(engine)).map(({ id }) => id);
  if (python.length === 0 || python.length === engines.length) return python.length > 0;
  const typescript = engines.filter(isTypeScript).map(({ id }) => id);
  throw new ParallelError(
    'BAD_ARGUMENT',
    `This cell is aimed at engines of two languages: TypeScript on ${engineNames(typescript)}, Python on ` +
      `${engineNames(python)}. Choose with --targets typescript or --targets python.`,
  );
}

function isTypeScript({ language }: Engine): boolean {
  return language === 'typescript';
}

function sendPython(view: DirectView, cell: EngineCell): AsyncResult<unknown[]> {
  const { code, name, timeoutMs, call } = cell;
  return view.execute(code, {
    silent: false,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(call === undefined ? {} : { call: { ...call, cell: name } }),
  });
}

/** A cell that fits where `base` is declared, and changes nothing. */
function probeOf(base: Declarations = noDeclarations): CellRequest {
  const cell: CompiledCell = {
    format: 1,
    language: 'typescript',
    name: '<declarations>',
    javascript: '(function (exports, require, __px) { "use strict"; })',
    sourceMap: '',
    isAsync: false,
    names: [],
    resolveFrom: '/',
  };
  return { code: '', cell, declarations: { base: base.version, next: base }, silent: true };
}

function requestOf(engine: Engine, chosen: ReadonlyMap<Engine, CellRequest>): CellRequest {
  const request = chosen.get(engine);
  if (request === undefined) throw new TypeError('a cell was not compiled for all its engines');
  return request;
}

/** Where the errors of a cell are when other engines might take it. */
function differs(engines: readonly Engine[]): string {
  const names = engineNames(engines.map(({ id }) => id));
  return `So on ${names}: not all of the cell's engines hold the same variables.`;
}

/** How long a cell with a type error waits for what engines have to say. */
const probeLimitMs = 500;

/** A view of a number would give one value: cells give one an engine. */
function targetList(targets: Targets): Targets {
  return typeof targets === 'number' ? [targets] : targets;
}
