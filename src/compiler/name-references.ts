import ts from './typescript.cjs';

/** TypeScript has two worlds of names. */
export type Space = 'type' | 'value';

/** A name in a cell that stands for something of the notebook. */
export interface NameReference {
  readonly name: string;
  readonly start: number;
  /** As what it is meant here. */
  readonly space: Space;
  /** As what its declaration can be meant. */
  readonly declares: readonly Space[];
  /** How another name is written in its place: `{ x }` and `import { x }` keep the old one, too. */
  readonly shape: 'plain' | 'shorthand' | 'specifier';
  /** It stands in a declaration of the name at the top level. */
  readonly isDeclared: boolean;
  /** The cell itself declares what it stands for. */
  readonly isOwn: boolean;
}

const fileName = '/cell.ts';

/** The names in `code` that are its own at the top level, or not its own at all. */
export function referencesOf(code: string): NameReference[] {
  const file = ts.createSourceFile(fileName, `${code}\nexport {};`, ts.ScriptTarget.Latest, true);
  const checker = checkerOf(file);
  const found: NameReference[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isMemberName(node)) {
      const reference = referenceAt(node, file, checker);
      if (reference !== undefined) found.push(reference);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Of the file alone: what is declared elsewhere is unknown. */
function checkerOf(file: ts.SourceFile): ts.TypeChecker {
  const options = { noLib: true, noResolve: true, target: ts.ScriptTarget.ESNext, types: [] };
  const host: ts.CompilerHost = {
    fileExists: (name) => name === fileName,
    readFile: () => undefined,
    getSourceFile: (name) => (name === fileName ? file : undefined),
    getDefaultLibFileName: () => '',
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => '/',
    getNewLine: () => '\n',
    useCaseSensitiveFileNames: () => true,
    writeFile: () => undefined,
  };
  return ts.createProgram([fileName], options, host).getTypeChecker();
}

function referenceAt(
  node: ts.Identifier,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
): NameReference | undefined {
  const symbol = symbolAt(node, checker);
  const declarations = symbol?.declarations ?? [];
  const isOwn = declarations.some((each) => isTopLevel(each, file));
  if (!isOwn && declarations.length > 0) return undefined;
  const isDeclared = declarations.some((each) => ts.getNameOfDeclaration(each) === node);
  const declares = spacesOf(declarations);
  const space: Space = isDeclared ? (declares[0] ?? 'value') : spaceAt(node);
  const { text: name } = node;
  return {
    name,
    start: node.getStart(file),
    space,
    declares,
    shape: shapeAt(node),
    isDeclared,
    isOwn,
  };
}

function symbolAt(node: ts.Identifier, checker: ts.TypeChecker): ts.Symbol | undefined {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent))
    return checker.getShorthandAssignmentValueSymbol(parent);
  if (ts.isExportSpecifier(parent)) return checker.getExportSpecifierLocalTargetSymbol(parent);
  return checker.getSymbolAtLocation(node);
}

/** It stands behind a dot, before a colon, or is a label: its name is nobody's variable. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return true;
  if (ts.isExportSpecifier(parent))
    return parent.propertyName !== undefined && parent.name === node;
  if (ts.isBindingElement(parent) || ts.isImportSpecifier(parent)) {
    return parent.propertyName === node;
  }
  return hasMemberName(parent) && parent.name === node;
}

function hasMemberName(node: ts.Node): node is ts.Node & { readonly name?: ts.Node } {
  return (
    ts.isPropertyAccessExpression(node) ||
    ts.isMetaProperty(node) ||
    ts.isJsxAttribute(node) ||
    ts.isNamedTupleMember(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isEnumMember(node) ||
    ts.isClassElement(node) ||
    ts.isTypeElement(node)
  );
}

/** Declared in no function and no block; a `var` in a block is at the top level all the same. */
function isTopLevel(declaration: ts.Declaration, file: ts.SourceFile): boolean {
  if (ts.isParameter(declaration) || ts.isTypeParameterDeclaration(declaration)) return false;
  const isVar =
    ts.isVariableDeclaration(declaration) &&
    (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.BlockScoped) === 0;
  for (let node: ts.Node = declaration.parent; node !== file; node = node.parent) {
    if (ts.isFunctionLike(node) || ts.isModuleBlock(node) || ts.isClassStaticBlockDeclaration(node))
      return false;
    if (!isVar && isBlock(node)) return false;
  }
  return true;
}

function isBlock(node: ts.Node): boolean {
  return (
    ts.isBlock(node) ||
    ts.isCaseBlock(node) ||
    ts.isCatchClause(node) ||
    ts.isIterationStatement(node, false) ||
    ts.isClassLike(node) ||
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isEnumDeclaration(node)
  );
}

function spacesOf(declarations: readonly ts.Declaration[]): Space[] {
  const spaces = new Set<Space>();
  for (const each of declarations) {
    const isType = ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each);
    const isBoth = ts.isClassLike(each) || ts.isEnumDeclaration(each) || isImported(each);
    if (isBoth || !isType) spaces.add('value');
    if (isBoth || isType || ts.isModuleDeclaration(each)) spaces.add('type');
  }
  return [...spaces];
}

function isImported(node: ts.Node): boolean {
  return (
    ts.isImportSpecifier(node) ||
    ts.isImportClause(node) ||
    ts.isNamespaceImport(node) ||
    ts.isImportEqualsDeclaration(node)
  );
}

/** `typeof x` in a type means the value. */
function spaceAt(node: ts.Identifier): Space {
  let outer: ts.Node = node;
  while (ts.isQualifiedName(outer.parent)) outer = outer.parent;
  if (ts.isTypeQueryNode(outer.parent)) return 'value';
  return ts.isPartOfTypeNode(node) || ts.isTypeNode(outer.parent) ? 'type' : 'value';
}

function shapeAt({ parent }: ts.Identifier): NameReference['shape'] {
  if (ts.isShorthandPropertyAssignment(parent)) return 'shorthand';
  if (ts.isBindingElement(parent)) return bindingShape(parent);
  if (ts.isImportSpecifier(parent) && parent.propertyName === undefined) return 'specifier';
  return 'plain';
}

function bindingShape(element: ts.BindingElement): NameReference['shape'] {
  const isShort = ts.isObjectBindingPattern(element.parent) && element.propertyName === undefined;
  return isShort && element.dotDotDotToken === undefined ? 'shorthand' : 'plain';
}
