import { basename } from 'node:path';
import ts from 'typescript';

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
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.React,
      inlineSourceMap: true,
    },
  });
  const [first] = diagnostics;
  if (first !== undefined) throw new SyntaxError(described(first, path));
  return outputText;
}

function described({ file, start = 0, messageText }: ts.Diagnostic, path: string): string {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n');
  const at = file?.getLineAndCharacterOfPosition(start);
  const place = at === undefined ? '' : `:${at.line + 1}:${at.character + 1}`;
  return `${basename(path)}${place} - ${message}`;
}
