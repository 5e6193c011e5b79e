import ts from './typescript.cjs';

const { ScriptElementKind } = ts;

/** Kinds of TypeScript's language service, in the words that Jupyter's front ends have symbols for. */
const kinds: Partial<Record<string, string>> = {
  [ScriptElementKind.functionElement]: 'function',
  [ScriptElementKind.localFunctionElement]: 'function',
  [ScriptElementKind.memberFunctionElement]: 'function',
  [ScriptElementKind.classElement]: 'class',
  [ScriptElementKind.localClassElement]: 'class',
  [ScriptElementKind.interfaceElement]: 'interface',
  [ScriptElementKind.typeElement]: 'type',
  [ScriptElementKind.typeParameterElement]: 'type',
  [ScriptElementKind.enumElement]: 'enum',
  [ScriptElementKind.enumMemberElement]: 'property',
  [ScriptElementKind.memberVariableElement]: 'property',
  [ScriptElementKind.memberGetAccessorElement]: 'property',
  [ScriptElementKind.memberSetAccessorElement]: 'property',
  [ScriptElementKind.constElement]: 'instance',
  [ScriptElementKind.letElement]: 'instance',
  [ScriptElementKind.variableElement]: 'instance',
  [ScriptElementKind.localVariableElement]: 'instance',
  [ScriptElementKind.parameterElement]: 'param',
  [ScriptElementKind.moduleElement]: 'module',
  [ScriptElementKind.externalModuleName]: 'module',
  [ScriptElementKind.scriptElement]: 'module',
  [ScriptElementKind.directory]: 'module',
  [ScriptElementKind.keyword]: 'keyword',
};

/** What a front end shows beside a completion; empty for what has no symbol. */
export function kindOf(kind: ts.ScriptElementKind): string {
  return kinds[kind] ?? '';
}
