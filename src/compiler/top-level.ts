import type {
  AnyNode,
  ClassDeclaration,
  Expression,
  FunctionDeclaration,
  Program,
  VariableDeclaration,
  VariableDeclarator,
} from 'acorn';
import type { Variable } from 'eslint-scope';
import type { Draft } from './cell-transform.js';
import { asAcorn } from './syntax.js';

/**
 * Turns the cell's top-level declarations into assignments to properties of `exports`; the names
 * themselves are rewritten with the references.
 *
 * @returns the names that the cell declares.
 */
export function liftTopLevel(draft: Draft): string[] {
  const { syntax, options, lifted } = draft;
  stripExports(draft);
  const variables = syntax.moduleScope.variables.filter((variable) => variable.defs.length > 0);
  const exported = exportedNames(syntax.program);
  const isDeclared = (name: string): boolean => options.declares === 'all' || exported.has(name);
  const declared = variables.filter((variable) => isDeclared(variable.name));
  const declarations = new Set<VariableDeclaration>();
  for (const variable of declared) {
    lifted.add(variable.name);
    liftVariable(draft, variable, declarations);
  }
  for (const declaration of declarations) liftDeclaration(draft, declaration);
  return declared.map((variable) => variable.name);
}

function exportedNames({ body }: Program): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of body) {
    if (statement.type !== 'ExportNamedDeclaration' || statement.source != null) continue;
    for (const { local } of statement.specifiers) {
      if (local.type === 'Identifier') names.add(local.name);
    }
  }
  return names;
}

/** `export const a`, `export { a }`, `export default a`: every name of a cell is there for the next one. */
function stripExports({ syntax, text }: Draft): void {
  for (const statement of syntax.program.body) {
    if (statement.type === 'ExportNamedDeclaration' && statement.source == null) {
      const end = statement.declaration?.start ?? statement.end;
      text.remove(statement.start, end);
    }
    if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      const isAnonymous =
        declaration.type.endsWith('Declaration') && 'id' in declaration && declaration.id === null;
      text.update(statement.start, declaration.start, isAnonymous ? 'void ' : ' ');
    }
  }
}

function liftVariable(
  draft: Draft,
  variable: Variable,
  declarations: Set<VariableDeclaration>,
): void {
  const { prologue } = draft;
  const definition = variable.defs.at(-1);
  if (definition === undefined) return;
  const isOf = (type: string): boolean => variable.defs.some((each) => each.type === type);
  const node = asAcorn(definition.node);
  if (isOf('FunctionName')) prologue.push(`exports.${variable.name} = ${variable.name};`);
  if (node.type === 'ClassDeclaration') liftClass(draft, asAcorn<ClassDeclaration>(node));
  for (const each of variable.defs) {
    if (each.type !== 'Variable') continue;
    const declaration = asAcorn<VariableDeclaration>(each.parent);
    declarations.add(declaration);
    // A cell that runs again starts with a new variable; assignments then happen where they stand.
    const isReset = declaration.kind === 'var' && !isOf('FunctionName');
    if (isReset) prologue.unshift(`exports.${variable.name} = void 0;`);
  }
}

function liftClass({ wraps }: Draft, node: ClassDeclaration | FunctionDeclaration): void {
  wraps.add(node, `exports.${node.id.name} = `, ';');
}

/** `const a = 1, { b } = o` → `exports.a = 1, ({ b: exports.b } = o)`. */
function liftDeclaration(draft: Draft, declaration: VariableDeclaration): void {
  const { syntax, text, wraps, lifted } = draft;
  const [first] = declaration.declarations;
  if (first === undefined) return;
  for (const name of declaration.declarations.flatMap(({ id }) => boundNames(id))) lifted.add(name);
  text.remove(declaration.start, first.start);
  const isLoopTarget = isForInOrOf(syntax.parentOf(declaration), declaration);
  for (const declarator of declaration.declarations) {
    if (!isLoopTarget) liftDeclarator(draft, declarator, declaration.kind);
  }
  if (
    isStatement(syntax.parentOf(declaration)) &&
    !syntax.code.slice(0, declaration.end).endsWith(';')
  ) {
    wraps.add(declaration, '', ';');
  }
}

function liftDeclarator({ wraps }: Draft, declarator: VariableDeclarator, kind: string): void {
  const { id, init } = declarator;
  if (init == null) {
    if (kind !== 'var') wraps.add(declarator, '', ' = void 0');
  } else if (id.type === 'ObjectPattern') {
    wraps.add(declarator, '(', ')');
  } else if (id.type === 'Identifier' && takesItsName(init)) {
    // An assignment to a property gives a function no name, an object literal does.
    wraps.add(init, `({ ${id.name}: `, ` }).${id.name}`);
  }
}

/** Function and class expressions without a name are called after the variable that they initialise. */
export function takesItsName(value: Expression): boolean {
  if (value.type === 'ArrowFunctionExpression') return true;
  const hasName = value.type === 'FunctionExpression' || value.type === 'ClassExpression';
  return hasName && value.id == null;
}

function isForInOrOf(parent: AnyNode | undefined, declaration: AnyNode): boolean {
  const isLoop = parent?.type === 'ForInStatement' || parent?.type === 'ForOfStatement';
  return isLoop && parent.left === declaration;
}

function isStatement(parent: AnyNode | undefined): boolean {
  return !parent?.type.startsWith('For') || !parent.type.endsWith('Statement');
}

/** Names that a binding pattern declares. */
export function boundNames(pattern: AnyNode): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        boundNames(property.type === 'Property' ? property.value : property.argument),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : boundNames(element)));
    case 'RestElement':
      return boundNames(pattern.argument);
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    default:
      return [];
  }
}
