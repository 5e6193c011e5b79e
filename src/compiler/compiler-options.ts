import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from './typescript.cjs';
import type { ProjectConfig } from './project-config.js';
import type { Typecheck } from './protocol.js';

export interface CellSetting {
  readonly cwd: string;
  readonly typecheck: Typecheck;
  readonly project: ProjectConfig;
}

/** What `%typecheck` says comes before what tsconfig.json says. */
function checksOf(typecheck: Typecheck, { checks }: ProjectConfig): ts.CompilerOptions {
  const inCells = { strict: true, useUnknownInCatchVariables: false };
  if (typecheck === 'loose') return { ...inCells, strict: false };
  return typecheck === 'strict' ? inCells : { ...inCells, ...checks };
}

/** Options of every cell: types, the language of the Node that runs it, Node's and our own types. */
export function cellOptions(
  wanted: ts.CompilerOptions,
  { cwd, typecheck, project }: CellSetting,
): ts.CompilerOptions {
  return {
    ...wanted,
    ...language,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    experimentalDecorators: false,
    inlineSourceMap: true,
    checkJs: false,
    ...checksOf(typecheck, project),
    ...project.jsx,
    allowUnreachableCode: true,
    allowUnusedLabels: true,
    types: ['node'],
    typeRoots: typeRoots(cwd),
    paths: { ...project.paths, pxlab: [ownTypes] },
  };
}

const isNode22 = Number(process.versions.node.split('.')[0]) >= 22;

/** `using` and decorators are written out by TypeScript; the rest is what this Node runs. */
const language: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  lib: (isNode22
    ? ['es2024', 'esnext.array', 'esnext.collection', 'esnext.disposable', 'esnext.iterator']
    : ['es2023', 'esnext.disposable']
  ).map((name) => `lib.${name}.d.ts`),
};

/** What cells get from `pxlab`. */
export const ownTypes: string = fileURLToPath(new URL('../../lib/index.d.ts', import.meta.url));

/** The notebook's own `@types` first; Node's types come from here when it has none. */
function typeRoots(cwd: string): string[] {
  const roots: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    const root = join(folder, 'node_modules', '@types');
    if (ts.sys.directoryExists(root)) roots.push(root);
    if (folder === dirname(folder)) break;
  }
  const ownNode = createRequire(import.meta.url).resolve('@types/node/package.json');
  return [...roots, dirname(dirname(ownNode))];
}
