import { walk, type Syntax } from './syntax.js';

/**
 * True when JavaScript reads two comparisons, `(f < T) > (x)`, where a TypeScript author wrote a call with
 * type arguments, `f<T>(x)`. Nobody compares like that.
 */
export function readsAsTypeArguments({ program, code }: Syntax): boolean {
  let found = false;
  walk(program, (node) => {
    if (node.type !== 'BinaryExpression' || node.operator !== '>') return;
    const { left, right } = node;
    if (left.type !== 'BinaryExpression' || left.operator !== '<') return;
    found ||= /^\s*>\s*\(/.test(code.slice(left.end, right.end));
  });
  return found;
}
