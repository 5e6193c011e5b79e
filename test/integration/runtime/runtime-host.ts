import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CompiledCell } from '../../../src/wire/cell.js';

export interface Report {
  readonly kind: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

const program = fileURLToPath(new URL('../../fixtures/runtime/host.mjs', import.meta.url));
const folder = fileURLToPath(new URL('../../..', import.meta.url));

/** A process with a runtime, driven from outside: cells, interrupts, and all that it reports. */
export class RuntimeHost implements AsyncDisposable {
  readonly reports: Report[] = [];
  readonly #child: ChildProcess;
  readonly #commands: Writable;
  readonly #listeners = new Set<() => void>();
  #count = 0;
  #interrupts = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#commands = child.stdio[3] as Writable;
    createInterface({ input: child.stdio[4] as never }).on('line', (line) => {
      this.reports.push(JSON.parse(line) as Report);
      for (const listener of this.#listeners) listener();
    });
    child.on('exit', () => {
      for (const listener of this.#listeners) listener();
    });
  }

  static async start(): Promise<RuntimeHost> {
    const child = spawn(process.execPath, ['--no-force-async-hooks-checks', program], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
    });
    const host = new RuntimeHost(child);
    await host.until((report) => report.kind === 'ready');
    return host;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get signalCode(): NodeJS.Signals | null {
    return this.#child.signalCode;
  }

  /** Starts a cell whose compiled body is `javascript`. @returns its id. */
  start(javascript: string, options: Partial<CompiledCell> = {}): string {
    const id = `cell-${++this.#count}`;
    const cell: CompiledCell = {
      format: 1,
      language: 'typescript',
      name: `Cell [${this.#count}]`,
      javascript: `(${options.isAsync ? 'async ' : ''}function (exports, require, __px) { "use strict"; ${javascript}\n})`,
      sourceMap: '',
      isAsync: false,
      names: ['counter'],
      resolveFrom: folder,
      ...options,
    };
    this.#send({ run: { id, cell, source: javascript } });
    return id;
  }

  async run(javascript: string, options: Partial<CompiledCell> = {}): Promise<Report> {
    return this.outcome(this.start(javascript, options));
  }

  /** The outcome of a cell, with `counter` of the namespace at its end. */
  async outcome(id: string): Promise<Report> {
    const report = await this.until((each) => each.id === id && each['type'] === 'outcome');
    return report['content'] as Report;
  }

  interrupt(): Promise<Report> {
    const id = `interrupt-${++this.#interrupts}`;
    this.#send({ interrupt: id });
    return this.until((report) => report.id === id);
  }

  /** What a cell printed so far. */
  text(id: string, name: 'stdout' | 'stderr' = 'stdout'): string {
    const streams = this.reports.filter((each) => each.id === id && each['name'] === name);
    return streams.map((each) => String(each['text'])).join('');
  }

  async printed(id: string, text: string, name: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    await this.when(() => this.text(id, name).includes(text));
  }

  /** The first report for which `matches`, old or to come. */
  async until(matches: (report: Report) => boolean, limitMs = 10_000): Promise<Report> {
    await this.when(() => this.reports.some(matches), limitMs);
    return this.reports.find(matches) as Report;
  }

  async exit(): Promise<void> {
    if (this.exitCode === null && this.signalCode === null) await once(this.#child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit();
  }

  async when(check: () => boolean, limitMs = 10_000): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        const isGone = this.exitCode !== null || this.signalCode !== null;
        if (!check() && !isGone) return;
        clearTimeout(limit);
        this.#listeners.delete(finish);
        if (check()) resolve();
        else reject(new Error(`The host ended: ${this.exitCode ?? this.signalCode}`));
      };
      const limit = setTimeout(() => {
        this.#listeners.delete(finish);
        reject(new Error(`Not reported after:\n${this.#lastReports()}`));
      }, limitMs);
      this.#listeners.add(finish);
      finish();
    });
  }

  #lastReports(): string {
    const last = this.reports.slice(-8).map((report) => JSON.stringify(report).slice(0, 200));
    return [`${this.reports.length} reports`, ...last].join('\n');
  }

  #send(command: object): void {
    this.#commands.write(`${JSON.stringify(command)}\n`);
  }
}
