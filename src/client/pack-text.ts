import { ParallelError } from '../base/errors.js';
import type { Pack } from './dispatcher.js';
import type { Engine } from './engine-directory.js';
import { engineNames } from './errors.js';
import { type CellRequest, packCell, type PackOptions, packSource } from './requests.js';
import type { SourceCompiler, SourceOptions } from './source-compiler.js';

export interface TextRequest {
  /** The engines that may get it: all of one language. */
  readonly readers: readonly Engine[];
  readonly silent: boolean;
  readonly wantsValue: boolean;
  readonly source: SourceOptions;
  readonly packOptions: PackOptions;
}

/**
 * Makes the requests of source text: compiled here for TypeScript engines, as it is for Python's. At once
 * when the text was compiled before.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT` for engines of both languages, whose text differs.
 */
export function packText(
  compiler: SourceCompiler,
  code: string,
  { readers, silent, wantsValue, source, packOptions }: TextRequest,
): Pack | Promise<Pack> {
  if (arePython(readers)) return packSource({ code, silent }, packOptions);
  const cell = compiler.compile(code, source);
  const finish = (ready: CellRequest['cell']): Pack =>
    packCell({ code, cell: ready, silent, wantsValue }, packOptions);
  return cell instanceof Promise ? cell.then(finish) : finish(cell);
}

function arePython(engines: readonly Engine[]): boolean {
  const python = engines.filter((engine) => engine.language === 'python');
  if (python.length === 0) return false;
  if (python.length === engines.length) return true;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `One text cannot run in two languages, and Python is that of ${engineNames(python.map(({ id }) => id))} ` +
      "alone. Choose with targets (engine) => engine.language === 'typescript'.",
  );
}

/** Asked although the types say so: a template that computes a number is easily written. */
export function requireText(code: unknown): void {
  if (typeof code === 'string') return;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `Expected \`code\` to be source text, got ${typeof code === 'function' ? 'a function' : String(code)}.`,
  );
}
