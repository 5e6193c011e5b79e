import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Options of every cell: types, the language of the Node that runs it, Node's and our own types. */
export function cellOptions(
  wanted: ts.CompilerOptions,
  { cwd, isStrict }: { readonly cwd: string; readonly isStrict: boolean },
): ts.CompilerOptions {
  return {
    ...wanted,
    ...language,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    experimentalDecorators: false,
    inlineSourceMap: true,
    checkJs: false,
    strict: isStrict,
    useUnknownInCatchVariables: false,
    allowUnreachableCode: true,
    allowUnusedLabels: true,
    types: ['node'],
    typeRoots: typeRoots(cwd),
    paths: { pxlab: [ownTypes] },
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

const ownTypes = fileURLToPath(new URL('../../lib/index.d.ts', import.meta.url));

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
