/**
 * The layers of docs/design, from one table: imports go down only, siblings are strangers.
 * @see docs/design/journey-of-a-cell.md
 */
const layers = [
  ['base'],
  ['process', 'wire', 'serialize'],
  ['transport', 'compiler', 'runtime'],
  ['controller', 'engine', 'client'],
  ['cluster'],
  ['px'],
  ['magics'],
  ['kernel', 'cli', 'labextension'],
];

/** Packages that one folder alone may import. */
const soleImporters = [
  ['^(node_modules/)?zeromq', 'transport'],
  ['^(node_modules/)?(tslab|typescript)(/|$)', 'compiler'],
  ['^(node:)?child_process$', 'process'],
  ['^(node_modules/)?@(jupyterlab|lumino)/', 'labextension'],
];

const folders = (names) => `^src/(${names.join('|')})/`;

const noImportsUp = layers.flatMap((siblings, level) =>
  siblings.map((folder) => ({
    name: `${folder}-imports-down-only`,
    severity: 'error',
    from: { path: folders([folder]) },
    to: {
      path: '^src/',
      pathNot: folders([folder, ...layers.slice(0, level).flat()]),
    },
  })),
);

const oneImporterEach = soleImporters.map(([target, folder]) => ({
  name: `only-${folder}-imports-it`,
  comment: target,
  severity: 'error',
  from: { path: '^src/', pathNot: folders([folder]) },
  to: { path: target },
}));

module.exports = {
  forbidden: [
    ...noImportsUp,
    ...oneImporterEach,
    {
      name: 'labextension-runs-in-the-page',
      comment: 'It may import what messages are called, and nothing of Node.',
      severity: 'error',
      from: { path: folders(['labextension']) },
      to: {
        pathNot: `${folders(['wire', 'labextension'])}|^(node_modules/)?(@jupyterlab|@lumino|react)/`,
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans-outside-the-layers',
      severity: 'error',
      from: { path: '^src/', pathNot: `${folders(layers.flat())}|^src/index.ts$` },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
