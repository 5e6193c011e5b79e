import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compiler, createCompiler } from '../../../lib/compiler/compiler.js';
import type { MagicOutput } from '../../../lib/magics/magic-output.js';
import { parseCell } from '../../../lib/magics/parse-cell.js';
import type { MagicOutcome } from '../../../lib/magics/magic-context.js';
import { NotebookMagics } from '../../../lib/magics/notebook-magics.js';
import { NotebookPx } from '../../../lib/px/notebook-px.js';
import { NotebookSession } from '../../../lib/px/session.js';
import { type Declarations, noDeclarations } from '../../../lib/wire/cell.js';
import { declarationsOf } from '../../../lib/wire/declarations.js';

type Shown =
  | { readonly type: 'stdout' | 'stderr'; readonly text: string }
  | { readonly type: 'display'; readonly data: Readonly<Record<string, unknown>> };

let compiler: Compiler | undefined;

/** One compiler for all notebooks of a test file: it takes seconds to start, and keeps nothing of them. */
function sharedCompiler(): Compiler {
  return (compiler ??= createCompiler({ cwd: tmpdir() }));
}

/** For `afterAll`. */
export async function closeCompiler(): Promise<void> {
  await compiler?.close();
  compiler = undefined;
}

/** A notebook's side without a kernel: variables, what it was told, and cells for engines. */
export class TestNotebook implements AsyncDisposable {
  readonly session: NotebookSession;
  readonly px: NotebookPx;
  readonly #magics: NotebookMagics;
  readonly told: string[] = [];
  readonly defined: { name: string; value: unknown; type: string }[] = [];
  readonly #variables: Record<string, unknown> = {};
  #declarations: Declarations = noDeclarations;
  #cells = 0;

  constructor(options: { profileDir: string; kernelId: string; cwd: string }) {
    const declarations = (): Declarations => this.#declarations;
    this.session = new NotebookSession({
      ...options,
      compiler: sharedCompiler(),
      notebook: {
        typecheck: 'strict',
        describeProject: () => Promise.resolve(''),
        resolveFrom: options.cwd,
        variables: this.#variables,
        get declarations() {
          return declarations();
        },
        define: (variable) => this.defined.push(variable),
        tell: (line) => this.told.push(line),
      },
    });
    this.px = new NotebookPx(this.session);
    this.#magics = new NotebookMagics(this.session);
  }

  /** Declares variables, as a cell of the notebook would. */
  declare(text: string, variables: Record<string, unknown>): void {
    this.#declarations = declarationsOf(this.#declarations.text + text);
    Object.assign(this.#variables, variables);
  }

  /** Runs the one magic of a cell. */
  run(cell: string, signal: AbortSignal = new AbortController().signal): Run {
    const [part] = parseCell(cell).parts;
    if (part === undefined || part.type === 'typescript') throw new Error(`no magic: ${cell}`);
    const shown: Shown[] = [];
    const output: MagicOutput = {
      stream: (type, text) => shown.push({ type, text }),
      display: (data) => shown.push({ type: 'display', data }),
    };
    const cellName = `Cell [${++this.#cells}]`;
    const runLocally = (): Promise<undefined> => Promise.resolve(undefined);
    const outcome = this.#magics.run(part, { output, cellName, signal, runLocally });
    return { shown, outcome };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}

export interface Run {
  /** What the cell's output area holds so far. */
  readonly shown: readonly Shown[];
  readonly outcome: Promise<MagicOutcome>;
}

/** All that a run printed to `name`. */
export function printed({ shown }: Run, name: 'stdout' | 'stderr' = 'stdout'): string {
  return shown.map((each) => (each.type === name ? each.text : '')).join('');
}

/** The texts that a run displayed. */
export function displayed({ shown }: Run): unknown[] {
  return shown.flatMap((each) => (each.type === 'display' ? [each.data['text/plain']] : []));
}

export interface Workspace extends AsyncDisposable {
  readonly profileDir: string;
  /** A notebook that is closed with the workspace. */
  open(kernelId: string): TestNotebook;
}

/** A home of its own for clusters, and the notebooks that use it. */
export async function workspace(): Promise<Workspace> {
  const cwd = await mkdtemp(join(tmpdir(), 'pxm-'));
  const profileDir = join(cwd, 'profile');
  const notebooks: TestNotebook[] = [];
  return {
    profileDir,
    open: (kernelId) => {
      const notebook = new TestNotebook({ profileDir, kernelId, cwd });
      notebooks.push(notebook);
      return notebook;
    },
    [Symbol.asyncDispose]: async () => {
      for (const notebook of notebooks) await notebook[Symbol.asyncDispose]();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
