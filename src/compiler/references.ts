import type { AnyNode, Identifier } from 'acorn';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Draft } from './draft.js';
import { isShorthandValue, takesItsName, type ParentOf } from './places.js';
import { asIdentifier } from './syntax.js';

/** Writes names of cells as properties of `exports`, wherever they are read, called or assigned. */
export function rewriteReferences(draft: Draft): void {
  const { syntax, lifted } = draft;
  for (const variable of syntax.moduleScope.variables) {
    if (!lifted.has(variable.name)) continue;
    const bindings = variable.defs
      .filter((definition) => definition.type === 'Variable')
      .map((definition) => asIdentifier(definition.name));
    const uses = variable.references.map((reference) => asIdentifier(reference.identifier));
    for (const identifier of new Set([...bindings, ...uses])) toExports(draft, identifier);
  }
  for (const { identifier } of syntax.globalScope.through)
    rewriteFree(draft, asIdentifier(identifier));
}

function rewriteFree(draft: Draft, identifier: Identifier): void {
  const { options } = draft;
  const { name } = identifier;
  if (name === '__px') return;
  const place = options.free(name);
  const fixed = place === 'exports' ? undefined : pathConstants(options.resolveFrom)[name];
  if (fixed !== undefined) replace(draft, identifier, fixed);
  else if (place === 'exports') toExports(draft, identifier);
  else if (place === 'unknown') toExportsIfThere(draft, identifier);
}

/** What CommonJS files have and cells are typed to have. */
function pathConstants(resolveFrom: string): Readonly<Record<string, string | undefined>> {
  return {
    __dirname: JSON.stringify(resolveFrom),
    __filename: JSON.stringify(cellFile(resolveFrom)),
  };
}

export function cellFile(resolveFrom: string): string {
  return join(resolveFrom, '__px__.js');
}

export function cellUrl(resolveFrom: string): string {
  return pathToFileURL(cellFile(resolveFrom)).href;
}

function toExports(draft: Draft, identifier: Identifier): void {
  const { syntax, wraps } = draft;
  const parent = syntax.parentOf(identifier);
  const property = `exports.${identifier.name}`;
  if (parent?.type === 'ExportSpecifier') return;
  if (
    parent?.type === 'AssignmentExpression' &&
    parent.left === identifier &&
    parent.operator === '=' &&
    takesItsName(parent.right)
  ) {
    wraps.add(parent.right, `({ ${identifier.name}: `, ` }).${identifier.name}`);
  }
  replace(draft, identifier, isCalled(identifier, parent) ? `(0, ${property})` : property);
}

function toExportsIfThere(draft: Draft, identifier: Identifier): void {
  const { syntax, wraps, text } = draft;
  const { name } = identifier;
  const parent = syntax.parentOf(identifier);
  const isThere = `${JSON.stringify(name)} in exports`;
  if (isTarget(syntax.parentOf, identifier)) {
    toExports(draft, identifier);
  } else if (parent?.type === 'UnaryExpression' && parent.operator === 'typeof') {
    text.update(identifier.start, identifier.end, `exports.${name}`);
    wraps.add(parent, `(${isThere} ? `, ` : typeof ${name})`);
  } else {
    replace(draft, identifier, `(${isThere} ? exports.${name} : ${name})`);
  }
}

function replace({ syntax, text }: Draft, identifier: Identifier, expression: string): void {
  const isShorthand = isShorthandValue(syntax.parentOf, identifier);
  const { start, end, name } = identifier;
  text.update(start, end, isShorthand ? `${name}: ${expression}` : expression);
}

/** A call of `exports.f` would hand `exports` to the function as `this`. */
function isCalled(identifier: AnyNode, parent: AnyNode | undefined): boolean {
  if (parent?.type === 'CallExpression') return parent.callee === identifier;
  return parent?.type === 'TaggedTemplateExpression' && parent.tag === identifier;
}

const withTarget: ReadonlySet<string> = new Set([
  'AssignmentExpression',
  'AssignmentPattern',
  'ForInStatement',
  'ForOfStatement',
]);
const ofTargets: ReadonlySet<string> = new Set(['UpdateExpression', 'ArrayPattern', 'RestElement']);

/** Assigned here: `x = …`, `x++`, `[x] = …`, `for (x of …)`. */
function isTarget(parentOf: ParentOf, identifier: AnyNode): boolean {
  const parent = parentOf(identifier);
  if (parent === undefined) return false;
  if (ofTargets.has(parent.type)) return true;
  if (withTarget.has(parent.type)) return 'left' in parent && parent.left === identifier;
  if (parent.type !== 'Property' || parent.value !== identifier) return false;
  return parentOf(parent)?.type === 'ObjectPattern';
}
