/** The clients of the matrix: columns of its tables. */
export const clients = {
  python: 'Python: `Client`',
  px: 'IPython: `%px`',
  script: 'pxlab: `Client`',
  notebook: 'pxlab: notebook',
} as const;

export type ClientKind = keyof typeof clients;

/** What each client is asked to do: rows of the tables. */
export const features = {
  execute: 'Source text runs, and its result comes back',
  streams: 'stdout and stderr come while the text runs',
  displays: 'Rich displays, and their updates',
  errors: 'Errors with name, message and traceback; of several engines, together',
  values: "`push` and `pull` of plain values, Python's `scatter` and `gather`",
  arrays: '`push` and `pull` of numeric arrays, with shape and type',
  functions: '`apply` and `map` of functions',
  targets: 'Some of the engines: ids, slices',
  language: 'The engines of a language: `--targets python`, a predicate',
  refusal: 'A cell for engines of two languages is refused before it is sent',
  types: 'Cells are checked against what earlier cells declared on the engines',
  later: 'Nobody waits, and the result is shown afterwards',
  abort: 'A request that waits is dropped',
  interrupt: 'A request that runs is interrupted; the engine goes on',
  clear: 'Variables are cleared',
  broadcast: 'Broadcast view',
  coalescing: 'Broadcast view with one reply for all (coalescing)',
  'load-balanced': 'Load-balanced view',
  dependencies: 'Dependencies and retries of load-balanced tasks',
  queue: 'How much waits on each engine',
  records: 'Results are found again by id; history and database queries',
  shutdown: 'One engine is ended; the others go on',
} as const;

export type FeatureName = keyof typeof features;

const all: readonly ClientKind[] = ['python', 'px', 'script', 'notebook'];
const plainClients: readonly ClientKind[] = ['python', 'script'];

/** Which clients have it of their own; what is not listed here, all have. */
const tried: Readonly<Partial<Record<FeatureName, readonly ClientKind[]>>> = {
  values: ['python', 'script', 'notebook'],
  arrays: ['python', 'script', 'notebook'],
  functions: ['python'],
  language: ['script', 'notebook'],
  refusal: ['script', 'notebook'],
  types: ['notebook'],
  later: ['px', 'notebook'],
  abort: ['python', 'script', 'notebook'],
  clear: plainClients,
  coalescing: ['python'],
  'load-balanced': ['python', 'script', 'notebook'],
  dependencies: plainClients,
  queue: plainClients,
  records: plainClients,
  shutdown: plainClients,
};

/** What is tried on a cluster whose engines have these languages. */
export function triedOn(
  languages: readonly ('python' | 'typescript')[],
): { readonly client: ClientKind; readonly feature: FeatureName }[] {
  const isMixed = new Set(languages).size > 1;
  return Object.keys(features).flatMap((name) => {
    const feature = name as FeatureName;
    if (feature === 'refusal' && !isMixed) return [];
    if (feature === 'types' && !languages.includes('typescript')) return [];
    return (tried[feature] ?? all).map((client) => ({ client, feature }));
  });
}

/** What came of one feature with one client. */
export interface Outcome {
  readonly client: ClientKind;
  readonly feature: FeatureName;
  /** It does not work wholly: in the words of whoever refuses it, or the name of a {@link remarks | remark}. */
  readonly note?: string;
  /** It ought to work. */
  readonly failed?: string;
}

/** What is to be said of a feature where nobody says it himself. */
export const remarks: Readonly<Record<string, string>> = {
  'drops-updates':
    "Displays are shown; their updates are not: ipyparallel's client drops `update_display_data`, of every engine.",
};

const noFunctions =
  'This engine runs TypeScript and cannot call a Python function: send source with execute, or choose ' +
  'Python engines as the targets.';
const withoutPython: readonly FeatureName[] = ['functions', 'load-balanced', 'dependencies'];

/** The notes that are as they should be; undefined where the feature works. */
export function expectedNote(
  { client, feature }: Pick<Outcome, 'client' | 'feature'>,
  engines: readonly ('python' | 'typescript')[],
): string | undefined {
  const isPython = client === 'python' || client === 'px';
  if (isPython && feature === 'displays') return 'drops-updates';
  if (isPython && engines.includes('typescript') && withoutPython.includes(feature)) {
    return noFunctions;
  }
  return undefined;
}
