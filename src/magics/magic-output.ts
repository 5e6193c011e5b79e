import type { MimeBundle } from '../wire/contents.js';
import type { JsonObject } from '../wire/message.js';

/** Where a magic shows things: the output area of its cell. The kernel makes one for each cell. */
export interface MagicOutput {
  /** Text as a program printed it; the kernel joins what comes in quick succession. */
  stream(name: StreamName, text: string): void;
  display(data: MimeBundle, options?: DisplayOptions): void;
}

export type StreamName = 'stdout' | 'stderr';

export interface DisplayOptions {
  readonly metadata?: JsonObject;
  /** Display id, by which a later display can change this one. */
  readonly id?: string;
  /** Changes what was displayed with `id` instead of adding to the cell's outputs. */
  readonly update?: boolean;
}
