import { basename, dirname } from 'node:path';
import ts from './typescript.cjs';
import { ProjectConfigFile } from './project-config.js';

/**
 * An ES module from the text of a TypeScript file, types left unread.
 *
 * @throws `SyntaxError` with file, line and column.
 */
export function moduleFromTypeScript(text: string, path: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.React,
      ...jsxAround(path),
      inlineSourceMap: true,
    },
  });
  const [first] = diagnostics;
  if (first !== undefined) throw new SyntaxError(described(first, path));
  return outputText;
}

/** What JSX becomes by the nearest tsconfig.json; a pragma in the file comes before it. */
function jsxAround(path: string): ts.CompilerOptions {
  if (!/\.[jt]sx$/.test(path)) return {};
  const config = ts.findConfigFile(dirname(path), (each) => ts.sys.fileExists(each));
  return config === undefined ? {} : new ProjectConfigFile(dirname(config)).read().jsx;
}

function described({ file, start = 0, messageText }: ts.Diagnostic, path: string): string {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n');
  const at = file?.getLineAndCharacterOfPosition(start);
  const place = at === undefined ? '' : `:${at.line + 1}:${at.character + 1}`;
  return `${basename(path)}${place} - ${message}`;
}
