import {
  type ClientKind,
  clients,
  type FeatureName,
  features,
  type Outcome,
  remarks,
} from './features.js';

/** What was found on the clusters of one kind of engines, by their controllers. */
export type Found = Readonly<Record<string, readonly Outcome[]>>;

/** The client whose object is at hand where a magic or a notebook has nothing of its own. */
const atHand: Partial<Record<ClientKind, ClientKind>> = { px: 'python', notebook: 'script' };

/** A table with a row for each feature and a column for each client on each controller. */
export function tableOf(found: Found): string {
  const notes: string[] = [];
  const columns = Object.keys(found).flatMap((controller) =>
    Object.keys(clients).map((client) => ({ controller, client: client as ClientKind })),
  );
  const heads = columns.map(({ controller, client }) => `${clients[client]}<br>${controller}`);
  const rows = Object.entries(features).flatMap(([name, about]) => {
    const feature = name as FeatureName;
    const cells = columns.map(({ controller, client }) =>
      cellOf(found[controller] ?? [], { client, feature, notes }),
    );
    return cells.every((cell) => cell === none) ? [] : [[about, ...cells]];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(['---', ...columns.map(() => ':-:')]);
  const table = [line(['', ...heads]), rule, ...rows.map(line)];
  return [...table, '', ...notes.map((note, index) => `${index + 1}. ${note}`)].join('\n');
}

const none = '–';

function cellOf(
  outcomes: readonly Outcome[],
  { client, feature, notes }: { client: ClientKind; feature: FeatureName; notes: string[] },
): string {
  const own = outcomes.find((each) => each.client === client && each.feature === feature);
  const helper = atHand[client];
  if (own === undefined) {
    const isAtHand = outcomes.some((each) => each.client === helper && each.feature === feature);
    return isAtHand ? '=' : none;
  }
  if (own.failed !== undefined) return 'fails';
  if (own.note === undefined) return 'yes';
  const note = remarks[own.note] ?? `A TypeScript engine answers: "${own.note}"`;
  if (!notes.includes(note)) notes.push(note);
  return `(${notes.indexOf(note) + 1})`;
}
