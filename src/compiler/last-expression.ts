import type { ExpressionStatement } from 'acorn';
import type { Draft } from './draft.js';

/** Hands the value of the last statement to `__px.result`, when it is an expression. */
export function captureResult({ syntax, wraps }: Draft): void {
  const last = syntax.program.body.findLast((statement) => !isMarker(statement.type));
  if (last === undefined) return;
  if (last.type === 'ExpressionStatement' && !isUseStrict(last)) {
    const end = syntax.code[last.end - 1] === ';' ? last.end - 1 : last.end;
    const isSequence = last.expression.type === 'SequenceExpression';
    const [open, close] = isSequence ? ['((', '))'] : ['(', ')'];
    wraps.add({ start: last.start, end }, `__px.result${open}`, close);
  }
  if (last.type === 'ExportDefaultDeclaration' && isExpression(last.declaration.type)) {
    wraps.add(last.declaration, '__px.result(', ')');
  }
}

/** `export { a }` and a lone `;` say nothing about the cell's value. */
function isMarker(type: string): boolean {
  return type === 'ExportNamedDeclaration' || type === 'EmptyStatement';
}

function isUseStrict(statement: ExpressionStatement): boolean {
  return statement.directive === 'use strict';
}

function isExpression(type: string): boolean {
  return !type.endsWith('Declaration');
}
