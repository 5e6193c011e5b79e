import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../runtime/output-link.js';
import type { EngineSample } from '../wire/cluster-state.js';

const periodMs = 1000;
/** A line that was printed is told soon, and a flood of them is told seldom. */
const promptMs = 100;
const lineLimit = 200;
/** What memory may change without being worth a message. */
const memoryStepBytes = 256 * 1024;

/**
 * Measures this process while someone looks: once a second, and soon after it printed. What has not
 * changed is not told again, so that an idle engine is silent.
 */
export class Sampler {
  readonly #send: (sample: EngineSample) => void;
  #period: NodeJS.Timeout | undefined;
  #prompt: NodeJS.Timeout | undefined;
  #printed: { readonly name: 'stdout' | 'stderr'; readonly text: string } | undefined;
  #cpu = { usage: process.cpuUsage(), atMs: performance.now(), percent: 0 };
  #told: EngineSample | undefined;

  constructor(send: (sample: EngineSample) => void) {
    this.#send = send;
  }

  /** Someone began to look: what is known is told at once, also to those who looked before. */
  begin(): void {
    this.#told = undefined;
    this.#measure();
    this.#tell();
    this.#period ??= setInterval(() => {
      this.#measure();
      this.#tell();
    }, periodMs);
  }

  /** Nobody looks any more. */
  end(): void {
    clearInterval(this.#period);
    clearTimeout(this.#prompt);
    this.#period = this.#prompt = undefined;
  }

  /** Notes what was published; only its last line counts. */
  published(output: Output): void {
    if (output.kind !== 'stream' || !/\S/.test(output.text)) return;
    this.#printed = output;
    if (this.#period === undefined) return;
    this.#prompt ??= setTimeout(() => {
      this.#prompt = undefined;
      this.#tell();
    }, promptMs);
  }

  #measure(): void {
    const nowMs = performance.now();
    const { usage, atMs } = this.#cpu;
    const spent = process.cpuUsage(usage);
    const elapsedMs = nowMs - atMs;
    const percent = elapsedMs < promptMs ? 0 : (spent.user + spent.system) / 10 / elapsedMs;
    this.#cpu = { usage: process.cpuUsage(), atMs: nowMs, percent: Math.round(percent) };
  }

  #tell(): void {
    const sample = {
      cpuPercent: this.#cpu.percent,
      memoryBytes: process.memoryUsage.rss(),
      ...(this.#printed === undefined ? {} : { lastOutput: lastLineOf(this.#printed) }),
    };
    if (this.#told !== undefined && isAlike(sample, this.#told)) return;
    this.#told = sample;
    this.#send(sample);
  }
}

function lastLineOf({ name, text }: NonNullable<EngineSample['lastOutput']>): {
  name: 'stdout' | 'stderr';
  text: string;
} {
  const tail = text.length > 4096 ? text.slice(-4096) : text;
  const lines = stripVTControlCharacters(tail).split(/[\r\n]+/);
  const line = lines.findLast((each) => each.trim() !== '') ?? '';
  return { name, text: line.length > lineLimit ? `${line.slice(0, lineLimit - 1)}…` : line };
}

function isAlike(a: EngineSample, b: EngineSample): boolean {
  return (
    a.cpuPercent === b.cpuPercent &&
    Math.abs(a.memoryBytes - b.memoryBytes) < memoryStepBytes &&
    a.lastOutput?.text === b.lastOutput?.text &&
    a.lastOutput?.name === b.lastOutput?.name
  );
}
