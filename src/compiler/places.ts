import type { AnyNode, Expression } from 'acorn';
import type { Syntax } from './syntax.js';

export type ParentOf = Syntax['parentOf'];

/** `{ k }` and, in patterns, `{ k = 1 }`. */
export function isShorthandValue(parentOf: ParentOf, identifier: AnyNode): boolean {
  const parent = parentOf(identifier);
  if (parent?.type === 'Property') return parent.shorthand && parent.value === identifier;
  if (parent?.type !== 'AssignmentPattern' || parent.left !== identifier) return false;
  const property = parentOf(parent);
  return property?.type === 'Property' && property.shorthand && property.value === parent;
}

/** Function and class expressions without a name are called after the variable that they initialise. */
export function takesItsName(value: Expression): boolean {
  if (value.type === 'ArrowFunctionExpression') return true;
  return (value.type === 'FunctionExpression' || value.type === 'ClassExpression') && !value.id;
}
