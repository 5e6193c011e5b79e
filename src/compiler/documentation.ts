import ts from './typescript.cjs';

/** A node with the comments that the parser has attached to it. */
type Documented = ts.Node & { jsDoc?: ts.JSDoc[] };

const documented = new WeakSet<ts.SourceFile>();

/**
 * Reads the documentation of the files that declare what `node` names. Declarations of packages are parsed without it:
 * that takes a third less time and memory, of all of them, for what is asked of a few.
 */
export function documentDeclarations(
  checker: ts.TypeChecker,
  symbol: ts.Symbol,
  node: ts.Node,
): void {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const original = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  const type = checker.getTypeOfSymbolAtLocation(original, node);
  const signatures = [...type.getCallSignatures(), ...type.getConstructSignatures()];
  const declarations = [
    ...(original.declarations ?? []),
    ...signatures.flatMap(({ declaration }) => declaration ?? []),
  ];
  const within = declarations.filter((declaration) => !ts.isSourceFile(declaration));
  const owners = withBases(
    checker,
    within.map(({ parent }) => parent),
  );
  const files = [...declarations, ...owners].map((each) => each.getSourceFile());
  for (const file of new Set(files)) document(file);
}

/** A member without documentation has that of what it overrides. */
function withBases(checker: ts.TypeChecker, owners: readonly ts.Node[]): Set<ts.Node> {
  const all = new Set(owners);
  for (const owner of all) {
    if (!ts.isClassLike(owner) && !ts.isInterfaceDeclaration(owner)) continue;
    for (const base of (owner.heritageClauses ?? []).flatMap(({ types }) => [...types])) {
      const type: { readonly symbol?: ts.Symbol } = checker.getTypeAtLocation(base);
      for (const declaration of type.symbol?.declarations ?? []) all.add(declaration);
    }
  }
  return all;
}

function document(file: ts.SourceFile): void {
  const { jsDocParsingMode } = file as { jsDocParsingMode?: ts.JSDocParsingMode };
  if (jsDocParsingMode !== ts.JSDocParsingMode.ParseNone || documented.has(file)) return;
  documented.add(file);
  const options = { languageVersion: file.languageVersion };
  copyComments(ts.createSourceFile(file.fileName, file.text, options, true), file);
}

/** From a tree to another one of the same text. */
function copyComments(from: Documented, to: Documented): void {
  for (const comment of from.jsDoc ?? []) (comment as { parent: ts.Node }).parent = to;
  if (from.jsDoc !== undefined) to.jsDoc = from.jsDoc;
  const children = childrenOf(to);
  for (const [index, child] of childrenOf(from).entries()) {
    const twin = children[index];
    if (twin !== undefined) copyComments(child, twin);
  }
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}
