import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { DisplayOutput } from '../client/outputs.js';
import type { MimeBundle } from '../wire/contents.js';
import type { JsonObject } from '../wire/message.js';
import type { MagicOutput, StreamName } from './magic-output.js';
import { isPlainText, plainText } from './show-results.js';

/** Something on the page that can be changed by its display id. */
interface Slot {
  readonly id: string;
  /** Undefined where it is not known. */
  shown: string | MimeBundle | undefined;
}

interface Item {
  /** Text that is added to, or a display. */
  content: string | MimeBundle;
  readonly stream?: StreamName;
  readonly displayId?: string;
  readonly metadata?: JsonObject;
}

interface Place {
  readonly slots: Slot[];
  items: Item[];
  /** What comes next clears what is there. */
  isToClear: boolean;
}

type EngineId = number | undefined;

/**
 * What engines show after they cleared their output: each engine's own displays are changed in place, since
 * others show things in the same cell. What changes quickly is shown some times a second.
 */
export class InPlaceOutputs {
  readonly #output: MagicOutput;
  readonly #clock: Clock;
  readonly #places = new Map<EngineId, Place>();
  /** Displays before the first clear: they are what it takes away. */
  readonly #displayed = new Map<EngineId, Slot[]>();
  #timer: AbortController | undefined;

  constructor(output: MagicOutput, options: { clock: Clock }) {
    this.#output = output;
    this.#clock = options.clock;
  }

  /** Whether the outputs of this engine are to come here. */
  has(engineId: EngineId): boolean {
    return this.#places.has(engineId);
  }

  /** Takes note of a display that was shown elsewhere, by its id. */
  remember(engineId: EngineId, id: string): void {
    const slots = this.#displayed.get(engineId) ?? [];
    slots.push({ id, shown: undefined });
    this.#displayed.set(engineId, slots);
  }

  clear(engineId: EngineId, wait: boolean): void {
    const slots = this.#displayed.get(engineId) ?? [];
    const place = this.#places.get(engineId) ?? { slots, items: [], isToClear: false };
    this.#places.set(engineId, place);
    place.isToClear = wait;
    if (!wait) place.items = [];
    if (!wait) this.#showSoon();
  }

  stream(engineId: EngineId, stream: StreamName, text: string): void {
    const items = this.#itemsOf(engineId);
    const last = items.at(-1);
    if (last?.stream === stream && typeof last.content === 'string') {
      last.content = (last.content + text).slice(-textKept);
    } else items.push({ content: text, stream });
    this.#showSoon();
  }

  /** @returns False for an update of something that was displayed before. */
  display(engineId: EngineId, display: DisplayOutput): boolean {
    const { data, metadata, displayId } = display;
    const label = `[output:${engineId ?? '?'}]`;
    const content = isPlainText(data) ? `${label} ${plainText(data)}` : data;
    if (display.type === 'display-update') return this.#update(engineId, displayId, content);
    const items = this.#itemsOf(engineId);
    if (typeof content !== 'string') items.push({ content: label });
    items.push({ content, metadata, ...(displayId === undefined ? {} : { displayId }) });
    this.#showSoon();
    return true;
  }

  /** Shows what there is now. */
  flush(): void {
    this.#timer?.abort();
    this.#timer = undefined;
    for (const [engineId, place] of this.#places) this.#show(engineId, place);
  }

  #update(engineId: EngineId, displayId: string | undefined, content: Item['content']): boolean {
    const items = this.#places.get(engineId)?.items ?? [];
    const item = items.find((each) => each.displayId !== undefined && each.displayId === displayId);
    if (item === undefined) return false;
    item.content = content;
    this.#showSoon();
    return true;
  }

  #itemsOf(engineId: EngineId): Item[] {
    const place = this.#places.get(engineId);
    if (place === undefined) return [];
    if (place.isToClear) place.items = [];
    place.isToClear = false;
    return place.items;
  }

  #show(engineId: EngineId, { slots, items }: Place): void {
    for (const [index, item] of items.entries()) {
      const { metadata = {} } = item;
      const shown = shownOf(engineId, item);
      const data = typeof shown === 'string' ? { 'text/plain': shown } : shown;
      const slot = slots[index];
      if (slot === undefined) {
        const id = randomUUID();
        slots.push({ id, shown });
        this.#output.display(data, { metadata, id });
      } else this.#change(slot, { shown, metadata });
    }
    for (const slot of slots.slice(items.length)) this.#change(slot, { shown: '', metadata: {} });
  }

  #change(slot: Slot, { shown, metadata }: { shown: Item['content']; metadata: JsonObject }): void {
    if (slot.shown === shown) return;
    slot.shown = shown;
    const data = typeof shown === 'string' ? { 'text/plain': shown } : shown;
    this.#output.display(data, { metadata, id: slot.id, update: true });
  }

  #showSoon(): void {
    if (this.#timer !== undefined) return;
    const timer = (this.#timer = new AbortController());
    void this.#clock.sleep(periodMs, timer.signal).then(() => {
      if (this.#timer === timer) this.flush();
    }); // sleep never rejects
  }
}

/** Printed text has its engine before each line; what a carriage return overwrote is gone. */
function shownOf(engineId: EngineId, { content, stream }: Item): Item['content'] {
  if (typeof content !== 'string' || stream === undefined) return content;
  const prefix = `[${stream}:${engineId ?? '?'}] `;
  const text = content.replace(/\r\n/g, '\n').replace(/[^\n]*\r(?=[^\n])/g, '');
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => prefix + line).join('\n');
}

const periodMs = 100;
const textKept = 100_000;
