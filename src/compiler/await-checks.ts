import type { AnyNode, ArrowFunctionExpression, ForOfStatement } from 'acorn';
import type { Draft } from './draft.js';
import { childrenOf, isFunction, walk } from './syntax.js';

const entry = 'const __cell = __px.cell;';
const step = '__px.resume(__cell);';

/**
 * Lets a stopped cell end at its next `await`: each async function keeps the cell it was entered from,
 * and each `await` in it asks whether that cell still runs.
 *
 * @returns true when the cell awaits outside its functions.
 */
export function checkAwaits(draft: Draft): boolean {
  const { syntax } = draft;
  walk(syntax.program, (node) => {
    if (isFunction(node) && node.async && awaitsItself(node.body)) keepCell(draft, node);
    if (node.type === 'AwaitExpression') draft.wraps.add(node, '__px.resume(__cell, ', ')');
    if (node.type === 'ForOfStatement' && node.await) checkSteps(draft, node);
  });
  return awaitsItself(syntax.program);
}

/** True when there is an `await` in `node` that is not in a function of its own. */
function awaitsItself(node: AnyNode): boolean {
  if (node.type === 'AwaitExpression') return true;
  if (node.type === 'ForOfStatement' && node.await) return true;
  return childrenOf(node).some((child) => !isFunction(child) && awaitsItself(child));
}

function keepCell(draft: Draft, node: Extract<AnyNode, { async: boolean; body: AnyNode }>): void {
  if (node.body.type !== 'BlockStatement') {
    if (node.type === 'ArrowFunctionExpression') keepCellOfExpression(draft, node);
    return;
  }
  const lastDirective = node.body.body.findLast(
    (statement) => statement.type === 'ExpressionStatement' && statement.directive !== undefined,
  );
  const start = lastDirective?.end ?? node.body.start + 1;
  draft.text.appendLeft(start, ` ${entry}`);
}

/** `async (x) => await f(x)` → `async (x) => { const __cell = __px.cell; return (await f(x)); }`. */
function keepCellOfExpression({ syntax, wraps }: Draft, node: ArrowFunctionExpression): void {
  const { body, end } = node;
  const arrow = syntax.arrows.findLast((start) => start < body.start && start >= node.start);
  if (arrow === undefined) throw new Error('An arrow function without an arrow.');
  wraps.add({ start: arrow + 2, end }, ` { ${entry} return (`, '); }');
}

function checkSteps({ text, wraps }: Draft, { body }: ForOfStatement): void {
  if (body.type === 'BlockStatement') text.appendLeft(body.start + 1, ` ${step}`);
  else wraps.add(body, `{ ${step} `, ' }');
}
