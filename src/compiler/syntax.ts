import { Parser, type AnyNode, type Identifier, type Program } from 'acorn';
import { analyze, type Scope } from 'eslint-scope';

/** JavaScript as the transform sees it: the tree, the parent of each node, and the scopes. */
export interface Syntax {
  readonly code: string;
  readonly program: Program;
  /** The scope of the cell's own declarations. */
  readonly moduleScope: Scope;
  /** The scope above it: what no declaration of the cell answers for. */
  readonly globalScope: Scope;
  /** Every scope, outer ones first. */
  readonly scopes: readonly Scope[];
  readonly parentOf: (node: AnyNode) => AnyNode | undefined;
  /** Starts of the `=>` tokens, in order. */
  readonly arrows: readonly number[];
}

/** ES2025: what every supported Node runs. Newer syntax (`using`) fails here and is lowered by TypeScript. */
const ecmaVersion = 2025;

/** The converter exports what a cell declares for TypeScript alone, too: `declare const`. */
const CellParser = Parser.extend(
  (base) =>
    class extends base {
      checkLocalExport(): void {
        // acorn's method of that name would refuse it
      }
    },
);

/** @throws SyntaxError of acorn, with `pos` and `loc`, when `code` is no JavaScript module. */
export function readSyntax(code: string): Syntax {
  const arrows: number[] = [];
  const program = CellParser.parse(code, {
    ecmaVersion,
    sourceType: 'module',
    ranges: true, // eslint-scope reads them
    onToken: (token) => {
      if (token.type.label === '=>') arrows.push(token.start);
    },
  });
  const parents = new Map<AnyNode, AnyNode>();
  walk(program, (node, parent) => {
    if (parent !== undefined) parents.set(node, parent);
  });
  const { scopes } = analyze(asEstree(program), { ecmaVersion, sourceType: 'module' });
  const [globalScope, moduleScope] = scopes;
  if (globalScope === undefined || moduleScope === undefined) throw new Error('No module scope.');
  const parentOf = (node: AnyNode): AnyNode | undefined => parents.get(node);
  return { code, program, moduleScope, globalScope, scopes, parentOf, arrows };
}

/** Calls `enter` for `root` and everything below it, outer nodes first, in source order. */
export function walk(
  root: AnyNode,
  enter: (node: AnyNode, parent: AnyNode | undefined) => void,
): void {
  const pending: [node: AnyNode, parent: AnyNode | undefined][] = [[root, undefined]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent] = next;
    enter(node, parent);
    const children = childrenOf(node);
    for (const child of children.reverse()) pending.push([child, node]);
  }
}

/** The nodes directly below `node`. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) addNode(children, value);
    else if (typeof value[0] !== 'number') for (const each of value) addNode(children, each); // no `range`
  }
  return children;
}

function addNode(nodes: AnyNode[], value: unknown): void {
  if (isNode(value)) nodes.push(value);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Functions that an `await` below them belongs to. */
export function isFunction(
  node: AnyNode,
): node is Extract<AnyNode, { type: `${string}Function${string}`; body: unknown }> {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

/** acorn's nodes are ESTree's, with positions: the two libraries only name the types differently. */
function asEstree(program: Program): Parameters<typeof analyze>[0] {
  return program as unknown as Parameters<typeof analyze>[0];
}

/** The way back: a node that eslint-scope hands out is one that acorn made. */
export function asAcorn(node: unknown): AnyNode {
  return node as AnyNode;
}

export function asIdentifier(node: unknown): Identifier {
  return node as Identifier;
}
