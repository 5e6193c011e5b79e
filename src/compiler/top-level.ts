import type { AnyNode, VariableDeclaration, VariableDeclarator } from 'acorn';
import type { Variable } from 'eslint-scope';
import type { Draft } from './draft.js';
import { isExported, stripExports } from './export-statements.js';
import { takesItsName } from './places.js';
import { localName } from './reserved-names.js';
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
  const isDeclared = options.declares === 'exported' ? isExported(draft) : options.declares;
  const declared = variables.filter((variable) => isDeclared(variable.name));
  for (const variable of declared) {
    lifted.add(variable.name);
    liftDefinition(draft, variable);
  }
  const declarations = new Set(declared.flatMap(declarationsOf));
  // What stands in one declaration with a name of the cell goes the same way.
  const companions = variables.filter((each) =>
    declarationsOf(each).some((declaration) => declarations.has(declaration)),
  );
  for (const { name } of companions) lifted.add(name);
  for (const declaration of declarations) liftDeclaration(draft, declaration);
  return declared.map((variable) => variable.name);
}

function declarationsOf({ defs }: Variable): VariableDeclaration[] {
  return defs.flatMap((definition) => {
    if (definition.type !== 'Variable') return [];
    const parent = asAcorn(definition.parent);
    return parent.type === 'VariableDeclaration' ? [parent] : [];
  });
}

/** Functions are there before the first statement, classes where they stand. */
function liftDefinition({ prologue, syntax, wraps }: Draft, variable: Variable): void {
  const { name, defs } = variable;
  if (defs.some((definition) => definition.type === 'FunctionName')) {
    prologue.push(`exports.${name} = ${localName(syntax, name)};`);
  } else if (declarationsOf(variable).some(({ kind }) => kind === 'var')) {
    // A cell that runs again starts with a new variable; assignments then happen where they stand.
    prologue.unshift(`exports.${name} = void 0;`);
  }
  for (const definition of defs) {
    const node = asAcorn(definition.node);
    if (node.type === 'ClassDeclaration') wraps.add(node, `exports.${name} = `, ';');
  }
}

/** `const a = 1, { b } = o` → `exports.a = 1, ({ b: exports.b } = o)`. */
function liftDeclaration({ syntax, text, wraps }: Draft, declaration: VariableDeclaration): void {
  const [first] = declaration.declarations;
  if (first === undefined) return;
  text.remove(declaration.start, first.start);
  if (isLoopTarget(syntax.parentOf(declaration), declaration)) return;
  for (const declarator of declaration.declarations) {
    const [before, after] = assignmentParts(declarator, declaration.kind);
    wraps.add(declarator, before, after);
    const { id, init } = declarator;
    if (init && id.type === 'Identifier' && takesItsName(init)) {
      // An assignment to a property gives a function no name, an object literal does.
      wraps.add(init, `({ ${id.name}: `, ` }).${id.name}`);
    }
  }
}

function assignmentParts({ id, init }: VariableDeclarator, kind: string): [string, string] {
  if (!init) return ['', kind === 'var' ? '' : ' = void 0'];
  return id.type === 'ObjectPattern' ? ['(', ')'] : ['', ''];
}

function isLoopTarget(parent: AnyNode | undefined, declaration: AnyNode): boolean {
  const isLoop = parent?.type === 'ForInStatement' || parent?.type === 'ForOfStatement';
  return isLoop && parent.left === declaration;
}
