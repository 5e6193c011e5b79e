import type { AnyNode } from 'acorn';
import type { Draft } from './draft.js';
import { walk } from './syntax.js';

const ended: ReadonlySet<string> = new Set([
  'ExpressionStatement',
  'VariableDeclaration',
  'ReturnStatement',
  'ThrowStatement',
  'BreakStatement',
  'ContinueStatement',
  'DoWhileStatement',
]);

/**
 * Writes the semicolons that the author left out: the statement below may start with a parenthesis now,
 * `f()` being `(0, exports.f)()`.
 */
export function endStatements({ syntax, text }: Draft): void {
  walk(syntax.program, (node, parent) => {
    if (!ended.has(node.type) || isLoopHead(node, parent)) return;
    if (syntax.code[node.end - 1] !== ';') text.appendLeft(node.end, ';');
  });
  for (const statement of syntax.program.body) {
    if (statement.type === 'ExportDefaultDeclaration') text.appendLeft(statement.end, ';');
  }
}

function isLoopHead(node: AnyNode, parent: AnyNode | undefined): boolean {
  if (parent?.type === 'ForStatement') return parent.init === node;
  if (parent?.type !== 'ForInStatement' && parent?.type !== 'ForOfStatement') return false;
  return parent.left === node;
}
