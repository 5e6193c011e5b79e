import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { notebookFolder } from './notebooks.js';
import { root, ScriptError } from './run.js';
import { workFolder } from './setup.js';

/** Time for JupyterLab to shut its kernels down, and they their clusters. */
const graceMs = 20_000;
const periodMs = 100;

/** A JupyterLab that runs as our child, in a process group of its own: Ctrl-C reaches it through us. */
export class LabServer {
  #child;
  #log;
  #stoppedMs;

  /** @param {{ python: string, args: string[], env: Record<string, string> }} options */
  constructor({ python, args, env }) {
    this.#log = join(openLogFolder(), `jupyterlab-${process.pid}.log`);
    const log = openSync(this.#log, 'w', 0o600);
    this.#child = spawn(python, [join(root, 'scripts', 'serve_lab.py'), ...args], {
      cwd: notebookFolder,
      env: { ...process.env, ...env },
      stdio: ['pipe', log, log, 'pipe'],
      detached: true,
    });
    closeSync(log);
    this.#child.stdin.on('error', () => undefined); // it has ended, which `ended` tells
    /** Its exit code, once it has ended: 0 when we stopped it. Rejects when it never served. */
    this.ended = this.#end();
    /** Its address once it answers; undefined when it was stopped before. */
    this.ready = Promise.race([this.#untilItAnswers(), this.ended.then(() => undefined)]);
  }

  /**
   * Asks it to end; makes it when it does not within the grace, or is asked again. One Ctrl-C may come
   * twice, from the terminal and from npm.
   */
  stop() {
    if (this.#stoppedMs !== undefined) {
      if (performance.now() - this.#stoppedMs > 1000) this.#kill();
      return;
    }
    this.#stoppedMs = performance.now();
    process.stdout.write('\nStopping JupyterLab …\n');
    this.#child.kill('SIGTERM');
    setTimeout(() => this.#kill(), graceMs).unref();
  }

  #kill() {
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // it has ended
    }
  }

  async #end() {
    const [code, signal] = await new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('exit', (...how) => resolve(how));
    });
    if (this.#stoppedMs !== undefined || code === 0) {
      rmSync(this.#log, { force: true });
      process.stdout.write('JupyterLab has stopped.\n');
      return 0;
    }
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    throw new ScriptError(`JupyterLab ended ${how}${this.#lastWords()}. Its log: ${this.#log}`);
  }

  /** What it complained of last. */
  #lastWords() {
    const lines = readFileSync(this.#log, 'utf8').trim().split('\n');
    const complaint = lines.findLast((line) =>
      /\b(CRITICAL|ERROR|[A-Z]\w+Error)\b|^\[[CE] /.test(line),
    );
    const words = (complaint ?? lines.at(-1) ?? '').replace(/^\[.*?\]\s*/, '').replace(/\.$/, '');
    return words === '' ? '' : `: ${words}`;
  }

  async #untilItAnswers() {
    const about = JSON.parse(await firstLineOf(this.#child.stdio[3]));
    const url = new URL(about.url);
    const api = new URL('api', url);
    api.hostname = ['', '*', '0.0.0.0', '::'].includes(about.ip) ? 'localhost' : about.ip;
    while (!(await answers(api))) await sleep(periodMs);
    url.pathname += 'lab';
    if (about.token) url.searchParams.set('token', about.token);
    return url.href;
  }
}

/** The folder of the logs, without those of programs that have gone. */
function openLogFolder() {
  const folder = join(workFolder, 'logs');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const pid = Number(/-(\d+)\.log$/.exec(name)?.[1]);
    if (!isRunning(pid)) rmSync(join(folder, name), { force: true });
  }
  return folder;
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch ({ code }) {
    return code === 'EPERM';
  }
}

/** Never resolves for a stream that ends before: then the process has ended, which is told elsewhere. */
function firstLineOf(stream) {
  return new Promise((resolve) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

/** @returns {Promise<boolean>} */
function answers(url) {
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  return new Promise((resolve) => {
    // A certificate of one's own making is good enough to see that it serves.
    const request = get(url, { rejectUnauthorized: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode < 500);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
