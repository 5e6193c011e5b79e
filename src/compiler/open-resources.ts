import ts from './typescript.cjs';

/**
 * A top-level `using` declares a variable of the notebook, which does not end with its cell: it becomes a
 * `const`, and its value is handed to the runtime, which disposes of it when its time has come. TypeScript
 * has checked the `using` by then; it writes out those in functions and blocks.
 */
export const openResources: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const { factory } = context;
  const statements = file.statements.map((statement) => {
    if (!ts.isVariableStatement(statement)) return statement;
    const list = statement.declarationList;
    if ((list.flags & ts.NodeFlags.Using) === 0) return statement;
    const isAsync = (list.flags & ts.NodeFlags.Const) !== 0; // `await using` has both
    const declarations = list.declarations.map((each) => registered(each, { factory, isAsync }));
    const asConst = factory.createVariableDeclarationList(declarations, ts.NodeFlags.Const);
    return factory.updateVariableStatement(
      statement,
      statement.modifiers,
      ts.setTextRange(asConst, list),
    );
  });
  return factory.updateSourceFile(file, ts.setTextRange(factory.createNodeArray(statements), file));
};

/** `x = open()` → `x = __px.use("x", open(), false)`. */
function registered(
  declaration: ts.VariableDeclaration,
  { factory, isAsync }: { readonly factory: ts.NodeFactory; readonly isAsync: boolean },
): ts.VariableDeclaration {
  const { name, exclamationToken, type, initializer } = declaration;
  if (initializer === undefined || !ts.isIdentifier(name)) return declaration;
  const call = factory.createCallExpression(
    factory.createPropertyAccessExpression(factory.createIdentifier('__px'), 'use'),
    undefined,
    [
      factory.createStringLiteral(name.text),
      initializer,
      isAsync ? factory.createTrue() : factory.createFalse(),
    ],
  );
  const value = ts.setTextRange(call, initializer);
  return factory.updateVariableDeclaration(declaration, name, exclamationToken, type, value);
}
