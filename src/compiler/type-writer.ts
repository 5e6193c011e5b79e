import ts from './typescript.cjs';
import { enginesModule } from './ambient.js';
import { localsOf } from './typescript-internals.js';

/** How deep a type that only one namespace knows is written out before the rest is `any`. */
const maxDepth = 6;

const flags: ts.NodeBuilderFlags =
  ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.IgnoreErrors;

/**
 * Types of one namespace's variables as texts that mean the same in another: interfaces, classes and
 * aliases that only this namespace declares are written out, as the object that arrives there.
 */
export class TypeWriter {
  readonly #checker: ts.TypeChecker;
  readonly #file: ts.SourceFile;
  readonly #printer: ts.Printer = ts.createPrinter({ removeComments: true });

  /** @param file - The namespace's declarations. */
  constructor(program: ts.Program, file: ts.SourceFile) {
    this.#checker = program.getTypeChecker();
    this.#file = file;
  }

  /** The type of the variable `name`; undefined when the namespace has no such value. */
  typeOf(name: string): string | undefined {
    const local = localsOf(this.#file).get(name);
    if (local === undefined) return undefined;
    const isImport = (local.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isImport ? this.#checker.getAliasedSymbol(local) : local;
    if ((symbol.flags & ts.SymbolFlags.Value) === 0) return isImport ? 'any' : undefined;
    const type = this.#checker.getTypeOfSymbol(symbol);
    const isLiteral =
      symbol.valueDeclaration !== undefined && hasInitializer(symbol.valueDeclaration);
    return this.#write(isLiteral ? this.#checker.getBaseTypeOfLiteralType(type) : type, []);
  }

  #write(type: ts.Type, above: readonly ts.Type[]): string {
    if (above.length > maxDepth || above.includes(type)) return 'any';
    const node = this.#checker.typeToTypeNode(type, this.#file, flags);
    if (node === undefined) return 'any';
    const text = this.#printer.printNode(ts.EmitHint.Unspecified, node, this.#file);
    return this.#isOwn(node) ? this.#writeOut(type, text, [...above, type]) : text;
  }

  /** True when `node` names something of this namespace, or of the engines'. */
  #isOwn(node: ts.Node): boolean {
    if (ts.isTypeReferenceNode(node) && this.#isLocal(node.typeName)) return true;
    if (ts.isTypeQueryNode(node) && this.#isLocal(node.exprName)) return true;
    if (ts.isImportTypeNode(node) && isEngines(node.argument)) return true;
    return ts.forEachChild(node, (child) => this.#isOwn(child)) ?? false;
  }

  #isLocal(name: ts.EntityName): boolean {
    const first = ts.isQualifiedName(name) ? name.left : name;
    if (ts.isQualifiedName(first)) return this.#isLocal(first);
    return localsOf(this.#file).has(first.text);
  }

  #writeOut(type: ts.Type, text: string, above: readonly ts.Type[]): string {
    const write = (each: ts.Type): string => this.#write(each, above);
    if ((type.flags & ts.TypeFlags.EnumLike) !== 0) return enumBase(type);
    if (type.isUnionOrIntersection()) {
      const parts = type.types.map((part) => `(${write(part)})`);
      return [...new Set(parts)].join(type.isUnion() ? ' | ' : ' & ');
    }
    const reference = isReference(type) ? this.#checker.getTypeArguments(type) : [];
    if (this.#checker.isArrayType(type))
      return reference.map((each) => `(${write(each)})[]`).join('');
    if (this.#checker.isTupleType(type)) return `[${reference.map(write).join(', ')}]`;
    if (reference.length > 0 && !this.#isDeclaredHere(type)) {
      return `${text.slice(0, text.indexOf('<'))}<${reference.map(write).join(', ')}>`;
    }
    return this.#writeObject(type, above);
  }

  #isDeclaredHere(type: ts.Type): boolean {
    const declarations = type.symbol.declarations ?? [];
    return declarations.some((declaration) => isNamespaceFile(declaration.getSourceFile()));
  }

  #writeObject(type: ts.Type, above: readonly ts.Type[]): string {
    const write = (symbol: ts.Symbol): string =>
      this.#write(this.#checker.getTypeOfSymbol(symbol), above);
    const [signature] = type.getCallSignatures();
    if (signature !== undefined) return this.#writeFunction(signature, above);
    if (type.getConstructSignatures().length > 0) return 'any';
    const members = type
      .getProperties()
      .filter(isPublic)
      .map((symbol) => {
        const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
        return `${JSON.stringify(symbol.name)}${isOptional ? '?' : ''}: ${write(symbol)}`;
      });
    return `{ ${members.join('; ')} }`;
  }

  #writeFunction(signature: ts.Signature, above: readonly ts.Type[]): string {
    if (signature.typeParameters !== undefined) return 'any';
    const parameters = signature.parameters.map((parameter) => {
      const type = this.#write(this.#checker.getTypeOfSymbol(parameter), above);
      const { valueDeclaration: declared } = parameter;
      if (declared === undefined || !ts.isParameter(declared)) return `${parameter.name}: ${type}`;
      if (declared.dotDotDotToken !== undefined) return `...${parameter.name}: ${type}`;
      return `${parameter.name}${this.#checker.isOptionalParameter(declared) ? '?' : ''}: ${type}`;
    });
    return `((${parameters.join(', ')}) => ${this.#write(signature.getReturnType(), above)})`;
  }
}

/** `declare const n = 1`: a value that is one of many. */
function hasInitializer(declaration: ts.Declaration): boolean {
  return ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined;
}

function isEngines(argument: ts.TypeNode): boolean {
  if (!ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal)) return false;
  return argument.literal.text.endsWith(`/${enginesModule}`);
}

function isReference(type: ts.Type): type is ts.TypeReference {
  return 'target' in type;
}

function enumBase(type: ts.Type): string {
  const parts = type.isUnion() ? type.types : [type];
  const isText = (part: ts.Type): boolean => (part.flags & ts.TypeFlags.StringLike) !== 0;
  if (parts.every(isText)) return 'string';
  return parts.some(isText) ? 'string | number' : 'number';
}

/** Files that only one namespace has: its declarations, and the engines' seen from the notebook. */
function isNamespaceFile({ fileName }: ts.SourceFile): boolean {
  return fileName.endsWith('/__prev__.d.ts') || fileName.endsWith(`/${enginesModule}.d.ts`);
}

function isPublic({ declarations = [], name }: ts.Symbol): boolean {
  if (name.startsWith('__')) return false;
  return !declarations.some(
    (declaration) =>
      (ts.getCombinedModifierFlags(declaration) &
        ts.ModifierFlags.NonPublicAccessibilityModifier) !==
      0,
  );
}
