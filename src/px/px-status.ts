import { escapeHtml } from '../base/html.js';
import type { Client } from '../client/client.js';
import { howItEnded } from '../client/errors.js';
import type { QueueStatus } from '../client/read-hub.js';
import { displaySymbol } from '../runtime/mime-bundle.js';
import type { EngineDeath, MimeBundle } from '../wire/contents.js';

/** One engine in {@link PxStatus}. */
export interface EngineRow {
  readonly id: number;
  readonly language: 'typescript' | 'python';
  readonly host: string;
  readonly pid: number | undefined;
  /** Requests that run or wait on it. */
  readonly queued: number;
  readonly completed: number;
}

export interface ClusterReading {
  readonly engines: readonly EngineRow[];
  /** Engines that ended unasked, as `pxcluster status` tells them. */
  readonly deaths: readonly { readonly id: number; readonly death: EngineDeath }[];
}

export async function readStatus(client: Client): Promise<ClusterReading> {
  const [queues, deaths] = await Promise.all([client.queueStatus(), deathsOf(client)]);
  const engines = client.engines.map(({ id, language, host = '', pid }) => ({
    id,
    language,
    host,
    pid,
    ...countsOf(queues, id),
  }));
  return { engines, deaths };
}

function countsOf(queues: QueueStatus, id: number): { queued: number; completed: number } {
  const own = queues.engines.find(({ engineId }) => engineId === id);
  return { queued: (own?.queued ?? 0) + (own?.tasks ?? 0), completed: own?.completed ?? 0 };
}

/** Controllers of others keep no record of deaths. */
async function deathsOf(client: Client): Promise<ClusterReading['deaths']> {
  try {
    const { deaths } = await client.clusterRequest({ action: 'status' });
    return Array.isArray(deaths) ? (deaths as ClusterReading['deaths']) : [];
  } catch {
    return [];
  }
}

/** The answer of `px.status()`: a table in a notebook, text elsewhere, and the figures as data. */
export class PxStatus {
  readonly engines: readonly EngineRow[];
  readonly #title: string;
  readonly #deaths: readonly string[];

  constructor(reading: ClusterReading | undefined, isOwner: boolean) {
    Object.defineProperty(this, displaySymbol, { value: () => this.#bundle() });
    this.engines = reading?.engines ?? [];
    const count = this.engines.length === 1 ? '1 engine' : `${this.engines.length} engines`;
    const whose = isOwner ? "This notebook's cluster" : 'A shared cluster';
    this.#title =
      reading === undefined
        ? 'No cluster yet: `await px.start({ n: 4 })` starts one, and so does a %%px cell.'
        : `${whose}: ${count}.`;
    this.#deaths = (reading?.deaths ?? []).map(
      ({ id, death }) => `Engine ${id} ${howItEnded(death)}.`,
    );
  }

  toString(): string {
    const widths = columns.map(({ title, cell }) =>
      Math.max(title.length, ...this.engines.map((engine) => cell(engine).length)),
    );
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd();
    const table = [
      line(columns.map(({ title }) => title)),
      ...this.engines.map((engine) => line(columns.map(({ cell }) => cell(engine)))),
    ];
    return [this.#title, ...(this.engines.length === 0 ? [] : table), ...this.#deaths].join('\n');
  }

  #bundle(): MimeBundle {
    return { 'text/plain': this.toString(), 'text/html': this.#html() };
  }

  #html(): string {
    const head = columns.map(({ title, isText }) => cellOf('th', title, isText)).join('');
    const rows = this.engines.map(
      (engine) =>
        `<tr>${columns.map(({ cell, isText }) => cellOf('td', cell(engine), isText)).join('')}</tr>`,
    );
    const table =
      rows.length === 0
        ? ''
        : `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
    const deaths = this.#deaths.map((death) => `<p>${escapeHtml(death)}</p>`).join('');
    return `<p>${escapeHtml(this.#title)}</p>${table}${deaths}`;
  }
}

/** Notebooks put everything at the right, as numbers are. */
function cellOf(tag: 'th' | 'td', text: string, isText = false): string {
  return `<${tag}${isText ? ' style="text-align:left"' : ''}>${escapeHtml(text)}</${tag}>`;
}

const columns: readonly {
  title: string;
  cell: (engine: EngineRow) => string;
  isText?: boolean;
}[] = [
  { title: 'engine', cell: ({ id }) => String(id) },
  { title: 'language', cell: ({ language }) => language, isText: true },
  { title: 'host', cell: ({ host }) => host, isText: true },
  { title: 'pid', cell: ({ pid }) => String(pid ?? '') },
  { title: 'queued', cell: ({ queued }) => String(queued) },
  { title: 'completed', cell: ({ completed }) => String(completed) },
];
