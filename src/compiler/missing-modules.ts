import { join } from 'node:path';
import ts from './typescript.cjs';

/** A module that is not there, and a package without types. */
const unresolved: ReadonlySet<number> = new Set([2307, 2792, 2875, 2882, 7016]);

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowJs: true,
  resolveJsonModule: true,
};

/**
 * Imports that failed. The converter remembers a failure for good, and `npm install` is the usual answer
 * to one: so they are looked at again before the next cell.
 */
export class MissingModules {
  readonly #cwd: string;
  /** What each specifier led to when it failed. */
  readonly #seen = new Map<string, string | undefined>();

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  note(diagnostics: readonly ts.Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      if (!unresolved.has(diagnostic.code)) continue;
      const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
      const specifier = /'([^']+)'/.exec(message)?.[1];
      if (specifier !== undefined) this.#seen.set(specifier, this.#resolve(specifier));
    }
  }

  /** True, once, when one of them leads somewhere else by now. */
  areThereNow(): boolean {
    const changed = [...this.#seen].some(([specifier, file]) => this.#resolve(specifier) !== file);
    if (changed) this.#seen.clear();
    return changed;
  }

  #resolve(specifier: string): string | undefined {
    const from = join(this.#cwd, 'cell.ts');
    const { resolvedModule } = ts.resolveModuleName(specifier, from, options, ts.sys);
    return resolvedModule?.resolvedFileName;
  }
}
