import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { namesOf } from './declarations.js';
import type { CompileRequest } from './protocol.js';
import type { CellDiagnostic } from './format-diagnostics.js';

/** What TypeScript says about a name that nothing declares, and about a module that is not there. */
const unknownName: ReadonlySet<number> = new Set([2304, 2552, 18004]);
const unknownModule: ReadonlySet<number> = new Set([2307, 2792, 2875, 2882]);

/** Says what to do about an error when the fault is not in the cell but in where its names live. */
export function explain(diagnostic: CellDiagnostic, request: CompileRequest): CellDiagnostic {
  const quoted = /'([^']+)'/.exec(diagnostic.message)?.[1];
  if (quoted === undefined) return diagnostic;
  const message = unknownName.has(diagnostic.code)
    ? otherSide(quoted, request)
    : unknownModule.has(diagnostic.code)
      ? missingPackage(quoted, request.resolveFrom)
      : undefined;
  return message === undefined ? diagnostic : { ...diagnostic, message };
}

function otherSide(name: string, { side, notebook, engines }: CompileRequest): string | undefined {
  const other = side === 'engine' ? notebook : engines;
  if (other === undefined) return undefined;
  const { values, types } = namesOf(other);
  const place = side === 'engine' ? 'in the notebook' : 'on the engines';
  if (values.includes(name)) {
    const remedy =
      side === 'engine'
        ? `\`await px.push({ ${name} })\` sends it to the engines`
        : `\`await px.pull('${name}')\` brings it here`;
    return `\`${name}\` lives ${place}: ${remedy}.`;
  }
  if (!types.includes(name)) return undefined;
  const here = side === 'engine' ? 'in a `%%px` cell' : 'in a cell of the notebook';
  return `\`${name}\` is a type that is declared ${place} only: declare it ${here} too.`;
}

function isInstalled(name: string, folder: string): boolean {
  return folder !== dirname(folder)
    ? existsSync(join(folder, 'node_modules', name)) || isInstalled(name, dirname(folder))
    : existsSync(join(folder, 'node_modules', name));
}

/** The package that `specifier` is in, unless it is a file or one of Node's own modules. */
function missingPackage(specifier: string, folder: string): string | undefined {
  if (/^(?:[./#]|node:|[a-z]+:)/.test(specifier)) return undefined;
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  if (name !== specifier && isInstalled(name, folder)) {
    return `The package '${name}' has no module '${specifier}': see \`exports\` in its package.json.`;
  }
  return `Cannot find the package '${name}': \`%npm install ${name}\` brings it.`;
}
