import { randomUUID } from 'node:crypto';
import type { DisplayContent, MimeBundle } from '../wire/contents.js';
import type { CellContext, CellToken } from './cell-token.js';
import { isThenable, mimeBundle, normalBundle } from './mime-bundle.js';
import type { OutputPort } from './output-port.js';
import { tableBundle, type TableOptions } from './table.js';

/** What was displayed, to be changed in place. */
interface DisplayHandle {
  readonly id: string;
  /** Shows another value at the same place. */
  update(value: unknown, options?: DisplayOptions): void;
  /** Empties the place. */
  clear(): void;
}

interface DisplayOptions {
  /** Shows at the place of an earlier display of this id, and wherever this one is copied to. */
  readonly id?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** `display` in cells: shows a value, or content of a given kind, among the outputs of the cell. */
export interface Display {
  (value: unknown, options?: DisplayOptions): DisplayHandle;
  html(text: string, options?: DisplayOptions): DisplayHandle;
  markdown(text: string, options?: DisplayOptions): DisplayHandle;
  svg(text: string, options?: DisplayOptions): DisplayHandle;
  latex(text: string, options?: DisplayOptions): DisplayHandle;
  /** Bytes, or their base64. */
  png(image: Uint8Array | string, options?: DisplayOptions): DisplayHandle;
  jpeg(image: Uint8Array | string, options?: DisplayOptions): DisplayHandle;
  json(value: unknown, options?: DisplayOptions): DisplayHandle;
  /** A chart by its Vega-Lite specification: https://vega.github.io/vega-lite. */
  vegalite(specification: object, options?: DisplayOptions): DisplayHandle;
  /** Empties the outputs of the cell: now, or with `wait` when the next one comes. */
  clear(options?: { readonly wait?: boolean }): void;
  table(rows: unknown, options?: DisplayOptions & TableOptions): DisplayHandle;
}

/** The handle that a cell ends with is no result to show: what it stands for is there already. */
export function isDisplayHandle(value: unknown): boolean {
  return value instanceof Shown;
}

type Bundle = MimeBundle | Promise<MimeBundle>;

/** Makes the `display` of a runtime. What it shows belongs to the cell that calls it. */
export function makeDisplay(context: CellContext, output: OutputPort): Display {
  const show = (bundle: Bundle, options: DisplayOptions = {}): DisplayHandle =>
    new Shown(context, output, options).show(bundle);
  const as =
    (type: string) =>
    (value: unknown, options?: DisplayOptions): DisplayHandle =>
      show(normalBundle({ [type]: value, ...textFor(type, value) }), options);
  return Object.assign(
    (value: unknown, options?: DisplayOptions) => show(bundleOf(value), options),
    {
      html: as('text/html'),
      markdown: as('text/markdown'),
      svg: as('image/svg+xml'),
      latex: as('text/latex'),
      png: as('image/png'),
      jpeg: as('image/jpeg'),
      json: as('application/json'),
      vegalite: (specification: object, options?: DisplayOptions) =>
        as(vegaLiteType(specification))(specification, options),
      clear: ({ wait = false }: { readonly wait?: boolean } = {}) =>
        output.message({ id: context.current.id, type: 'clear_output', content: { wait } }),
      table: (rows: unknown, options?: DisplayOptions & TableOptions) =>
        show(tableBundle(rows, options), options),
    },
  );
}

/** The type carries the major version that `$schema` names; JupyterLab 4 shows 5 and below. */
function vegaLiteType(specification: object): string {
  const schema = '$schema' in specification ? String(specification.$schema) : '';
  const version = /vega-lite\/v(\d+)/.exec(schema)?.[1] ?? '5';
  return `application/vnd.vegalite.v${version}+json`;
}

/** A bundle is shown as it is, any other value as what it is. */
function bundleOf(value: unknown): Bundle {
  return isBundle(value) ? normalBundle(value) : mimeBundle(value);
}

/** A plain object whose keys all look like `text/html`. */
function isBundle(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => /^[a-z]+\/[\w.+-]+$/.test(key));
}

/** Front ends without the type show this: text formats read well as they are. */
function textFor(type: string, value: unknown): MimeBundle {
  if (typeof value === 'string' && type !== 'image/png' && type !== 'image/jpeg') {
    return { 'text/plain': value };
  }
  return type.endsWith('json')
    ? { 'text/plain': JSON.stringify(value) }
    : { 'text/plain': `<${type}>` };
}

class Shown implements DisplayHandle {
  readonly id: string;
  readonly #token: CellToken;
  readonly #output: OutputPort;
  readonly #metadata: Readonly<Record<string, unknown>>;
  #last: Promise<void> | undefined;

  constructor(context: CellContext, output: OutputPort, options: DisplayOptions) {
    this.id = options.id ?? randomUUID();
    this.#token = context.current;
    this.#output = output;
    this.#metadata = options.metadata ?? {};
  }

  show(bundle: Bundle): this {
    this.#emit('display_data', bundle);
    return this;
  }

  update(value: unknown): void {
    this.#emit('update_display_data', bundleOf(value));
  }

  clear(): void {
    this.#emit('update_display_data', { 'text/plain': '' });
  }

  #emit(type: 'display_data' | 'update_display_data', bundle: Bundle): void {
    if (!isThenable(bundle) && this.#last === undefined) {
      this.#send(type, bundle);
      return;
    }
    // In order, and before the cell ends. A bundle that fails is the cell's stderr, not its error.
    const sent = Promise.resolve(this.#last)
      .then(() => bundle)
      .then(
        (data) => this.#send(type, data),
        (thrown: unknown) => this.#fail(thrown),
      );
    this.#last = sent;
    this.#token.pending.add(sent);
    void sent.finally(() => this.#token.pending.delete(sent));
  }

  #send(type: 'display_data' | 'update_display_data', data: MimeBundle): void {
    const transient = { display_id: this.id };
    const content: DisplayContent = { data, metadata: this.#metadata, transient };
    this.#output.message({ id: this.#token.id, type, content });
  }

  #fail(thrown: unknown): void {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    this.#output.stream(this.#token.id, 'stderr', `display failed: ${reason}\n`);
  }
}
