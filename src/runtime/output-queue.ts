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

  /** The next event, with the stream events of the same cell and name behind it merged into it. */
  take(): PostedEvent | undefined {
    const first = this.#shift();
    if (first?.event.kind !== 'stream') return first;
    return this.#merge(first.event, first.end);
  }

  #merge(first: StreamOutput, firstEnd: number | undefined): PostedEvent {
    const texts = [first.text];
    let length = first.text.length;
    let end = firstEnd;
    for (;;) {
      const next = this.#events[this.#head];
      if (next?.event.kind !== 'stream' || !isSameStream(first, next.event)) break;
      length += next.event.text.length;
      if (length > mergeLimit) break;
      texts.push(next.event.text);
      end = next.end ?? end;
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
