import { valueNames } from './declarations.js';
import type { CompileRequest } from './protocol.js';
import type { CellDiagnostic } from './format-diagnostics.js';

/** What TypeScript says about a name that nothing declares, and about a module that is not there. */
const unknownName: ReadonlySet<number> = new Set([2304, 2552, 18004]);
const unknownModule: ReadonlySet<number> = new Set([2307, 2792, 2882]);

/** Says what to do about an error when the fault is not in the cell but in where its names live. */
export function explain(diagnostic: CellDiagnostic, request: CompileRequest): CellDiagnostic {
  const quoted = /'([^']+)'/.exec(diagnostic.message)?.[1];
  if (quoted === undefined) return diagnostic;
  const message = unknownName.has(diagnostic.code)
    ? otherSide(quoted, request)
    : unknownModule.has(diagnostic.code)
      ? missingPackage(quoted)
      : undefined;
  return message === undefined ? diagnostic : { ...diagnostic, message };
}

function otherSide(name: string, { side, notebook, engines }: CompileRequest): string | undefined {
  if (side === 'engine') {
    if (notebook === undefined || !valueNames(notebook).includes(name)) return undefined;
    return `\`${name}\` lives in the notebook: \`await px.push({ ${name} })\` sends it to the engines.`;
  }
  if (engines === undefined || !valueNames(engines).includes(name)) return undefined;
  return `\`${name}\` lives on the engines: \`await px.pull('${name}')\` brings it here.`;
}

/** The package that `specifier` is in, unless it is a file or one of Node's own modules. */
function missingPackage(specifier: string): string | undefined {
  if (/^(?:[./#]|node:|[a-z]+:)/.test(specifier)) return undefined;
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  return `Cannot find the package '${name}': \`npm install ${name}\` in the notebook's folder brings it.`;
}
