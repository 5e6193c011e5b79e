import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../lib/base/clock.js';
import type { Sandbox } from './sandbox.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface StartOptions {
  /** The checkout. @defaultValue this one */
  readonly folder?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node itself. */
  readonly node?: readonly string[];
  /** For JupyterLab to serve. @defaultValue 100000 */
  readonly timeoutMs?: number;
}

/** What `npm start` runs, in a sandbox. */
export class NpmStart {
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  text = '';
  readonly #timeoutMs: number;

  constructor(sandbox: Sandbox, options: StartOptions = {}) {
    const { folder = root, args = ['--no-browser'], env = {}, node = [] } = options;
    this.#timeoutMs = options.timeoutMs ?? 100_000;
    this.process = spawn(
      process.execPath,
      [...node, join(folder, 'scripts', 'start.js'), ...args],
      {
        cwd: folder,
        env: { ...process.env, ...sandbox.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    }
    this.exited = once(this.process, 'close').then(([code]) => code as number | null);
  }

  /** The address that is printed once JupyterLab serves. */
  async served(): Promise<URL> {
    const address = /(http:\S+\/lab\?token=\S+)\s/;
    const hasEnded = (): boolean => this.process.exitCode !== null;
    await until(() => address.test(this.text) || hasEnded(), { timeoutMs: this.#timeoutMs });
    const url = address.exec(this.text)?.[1];
    if (url === undefined) throw new Error(`It did not serve, but said: ${this.text}`);
    return new URL(url);
  }
}

/** Asks the JupyterLab that serves at `url`, below its prefix. */
export async function ask<T>(url: URL, path: string, body?: object): Promise<T> {
  const target = new URL(path, new URL('./', url));
  target.search = url.search;
  const response = await fetch(
    target,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
  );
  if (!response.ok) throw new Error(`${target.pathname}: ${response.status}`);
  return (await response.json()) as T;
}

export interface KernelSpecs {
  readonly kernelspecs: Readonly<
    Record<string, { spec: { argv: string[]; display_name: string } }>
  >;
}

export type Extensions = readonly { name: string; enabled: boolean; status: string }[];
