import type { PostedEvent, StreamOutput } from './output-link.js';

const mergeLimit = 64 * 1024;

/** Events in order; what one cell printed in a row leaves as one. */
export class OutputQueue {
  readonly #events: PostedEvent[] = [];
  #head = 0;

  push(posted: PostedEvent): void {
    this.#events.push(posted);
  }

  get isEmpty(): boolean {
    return this.#head === this.#events.length;
  }

  /** The worker's own streams that wait, which then wait no more. */
  extractOwn(): StreamOutput[] {
    const waiting = this.#events.splice(this.#head);
    const own: StreamOutput[] = [];
    for (const posted of waiting) {
      if (posted.end === undefined && posted.event.kind === 'stream') own.push(posted.event);
      else this.#events.push(posted);
    }
    return own;
  }

  /** The next event, with the stream events of the same cell and name behind it merged into it. */
  take(): PostedEvent | undefined {
    const first = this.#shift();
    if (first?.event.kind !== 'stream') return first;
    return this.#merge(first.event, first.end);
  }

  /** Only what came the same way merges: each has its own account of what is under way. */
  #merge(first: StreamOutput, firstEnd: number | undefined): PostedEvent {
    const texts = [first.text];
    let length = first.text.length;
    let end = firstEnd;
    for (;;) {
      const next = this.#events[this.#head];
      if (next?.event.kind !== 'stream' || !isSameStream(first, next.event)) break;
      if ((next.end === undefined) !== (end === undefined)) break;
      length += next.event.text.length;
      if (length > mergeLimit) break;
      texts.push(next.event.text);
      end = next.end;
      this.#shift();
    }
    return { event: texts.length === 1 ? first : { ...first, text: texts.join('') }, end };
  }

  #shift(): PostedEvent | undefined {
    const posted = this.#events[this.#head];
    if (posted === undefined) return undefined;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events.splice(0, this.#head);
      this.#head = 0;
    }
    return posted;
  }
}

function isSameStream(left: StreamOutput, right: StreamOutput): boolean {
  return left.id === right.id && left.name === right.name;
}
