import { assertNever } from '../base/errors.js';

export type HeartEvent =
  | { type: 'engine-accepted'; uuid: string; nowMs: number }
  | { type: 'engine-gone'; uuid: string }
  | { type: 'pong-arrived'; uuid: string; payload: string; nowMs: number }
  /** A connection of some engine ended: see at once who still answers. */
  | { type: 'link-lost'; nowMs: number }
  | { type: 'time-passed'; nowMs: number };

export type HeartInstruction =
  | { type: 'ping'; payload: string }
  /** First beat since the engine was accepted. */
  | { type: 'began'; uuid: string }
  /** It answered no ping since a link broke: see whether its other links are there. */
  | { type: 'probe'; uuid: string }
  | { type: 'lost'; uuid: string; misses: number }
  /** It answers, and is not watched. */
  | { type: 'tell-stranger'; uuid: string };

export interface HeartOptions {
  readonly periodMs: number;
  /** An engine that stays silent for more periods than this is lost. */
  readonly maxMissed: number;
}

interface Heart {
  hasBegun: boolean;
  isSilent: boolean;
  misses: number;
  /** When a link broke, for as long as no answer came since. */
  suspectedMs: number | undefined;
}

/** While someone waits for a first beat, or a link broke a moment ago, pings follow this closely. */
const urgentPeriodMs = 50;
const minPeriodMs = 10;
const urgentAfterLinkLossMs = 500;
/** An engine that is well answers sooner than this after a link broke. */
const probeAfterMs = 300;

/** Who is alive: pings go out in a period, each engine echoes them, and who misses too many is lost. */
export class HeartState {
  readonly #options: HeartOptions;
  readonly #hearts = new Map<string, Heart>();
  /** When each ping went out that may still be answered: as long ago as an engine may be silent. */
  readonly #payloads = new Map<string, number>();
  #waiting = 0;
  #nextPingMs = 0;
  #lastPingMs = -Infinity;
  #nextCheckMs = 0;
  #urgentUntilMs = 0;

  constructor(options: HeartOptions) {
    this.#options = options;
  }

  /** When `time-passed` has something to do next. */
  get nextWakeMs(): number {
    return this.#nextPingMs;
  }

  handle(event: HeartEvent): HeartInstruction[] {
    switch (event.type) {
      case 'engine-accepted':
        this.#hearts.set(event.uuid, {
          hasBegun: false,
          isSilent: false,
          misses: 0,
          suspectedMs: undefined,
        });
        this.#waiting += 1;
        return this.#pingNow(event.nowMs);
      case 'engine-gone':
        this.#forget(event.uuid);
        return [];
      case 'pong-arrived':
        return this.#beat(event.uuid, event.payload);
      case 'link-lost':
        this.#urgentUntilMs = event.nowMs + urgentAfterLinkLossMs;
        for (const heart of this.#hearts.values()) heart.suspectedMs ??= event.nowMs;
        return this.#pingNow(event.nowMs);
      case 'time-passed':
        return this.#advance(event.nowMs);
      default:
        return assertNever(event);
    }
  }

  /** Or soon, however many engines come and go. */
  #pingNow(nowMs: number): HeartInstruction[] {
    this.#nextPingMs = Math.max(nowMs, this.#lastPingMs + minPeriodMs);
    return this.#advance(nowMs);
  }

  #forget(uuid: string): void {
    const heart = this.#hearts.get(uuid);
    if (heart === undefined) return;
    if (!heart.hasBegun) this.#waiting -= 1;
    this.#hearts.delete(uuid);
  }

  #beat(uuid: string, payload: string): HeartInstruction[] {
    const heart = this.#hearts.get(uuid);
    if (!this.#payloads.has(payload)) return [];
    if (heart === undefined) return [{ type: 'tell-stranger', uuid }];
    heart.isSilent = false;
    heart.misses = 0;
    heart.suspectedMs = undefined;
    if (heart.hasBegun) return [];
    heart.hasBegun = true;
    this.#waiting -= 1;
    return [{ type: 'began', uuid }];
  }

  #advance(nowMs: number): HeartInstruction[] {
    const instructions: HeartInstruction[] = [];
    if (nowMs >= this.#nextCheckMs) instructions.push(...this.#check(nowMs));
    if (nowMs >= this.#nextPingMs) instructions.push(this.#ping(nowMs), ...this.#probe(nowMs));
    return instructions;
  }

  #probe(nowMs: number): HeartInstruction[] {
    return [...this.#hearts].flatMap(([uuid, heart]) => {
      if (heart.suspectedMs === undefined || nowMs - heart.suspectedMs < probeAfterMs) return [];
      heart.suspectedMs = undefined;
      return heart.hasBegun ? [{ type: 'probe', uuid }] : [];
    });
  }

  /** Once a period, however many pings went out in it: an engine that answered none has missed one. */
  #check(nowMs: number): HeartInstruction[] {
    this.#nextCheckMs = nowMs + this.#options.periodMs;
    const lost: HeartInstruction[] = [];
    for (const [uuid, heart] of this.#hearts) {
      if (!heart.hasBegun) continue;
      if (heart.isSilent) heart.misses += 1;
      heart.isSilent = true;
      if (heart.misses <= this.#options.maxMissed) continue;
      this.#hearts.delete(uuid);
      lost.push({ type: 'lost', uuid, misses: heart.misses });
    }
    return lost;
  }

  #ping(nowMs: number): HeartInstruction {
    const { periodMs, maxMissed } = this.#options;
    const isUrgent = this.#waiting > 0 || nowMs < this.#urgentUntilMs;
    this.#lastPingMs = nowMs;
    this.#nextPingMs = nowMs + (isUrgent ? Math.min(urgentPeriodMs, periodMs) : periodMs);
    // Seconds that only grow, as ipyparallel's heart monitor sends them.
    const payload = (nowMs / 1000).toFixed(6);
    this.#payloads.set(payload, nowMs);
    for (const [old, sentMs] of this.#payloads) {
      if (nowMs - sentMs <= periodMs * maxMissed) break;
      this.#payloads.delete(old);
    }
    return { type: 'ping', payload };
  }
}
