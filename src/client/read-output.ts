import type { OutputContents } from '../wire/contents.js';
import { countOf, objectOf, textOf, textsOf } from '../wire/fields.js';
import type { Incoming } from '../wire/framing.js';
import type { JsonObject } from '../wire/message.js';
import type { DisplayOutput, OutputBody } from './outputs.js';

/** What an iopub message says of a request: its engine began it, is done with it, or it showed something. */
export type Publication =
  | { readonly type: 'busy' }
  | { readonly type: 'idle' }
  | { readonly type: 'output'; readonly output: OutputBody };

/** Reads an iopub message; undefined for the kinds that show nothing. */
export function readPublication({ message }: Incoming): Publication | undefined {
  const { content } = message;
  if (message.header.msg_type === 'status') {
    const state = (content as Partial<OutputContents['status']>).execution_state;
    return state === 'busy' || state === 'idle' ? { type: state } : undefined;
  }
  const output = readOutput(message.header.msg_type, content);
  return output === undefined ? undefined : { type: 'output', output };
}

/** The engine's id in a topic such as `engine.2.stdout`. */
export function engineIdOf({ idents }: Incoming): number | undefined {
  const topic = idents[0] === undefined ? '' : Buffer.from(idents[0]).toString('latin1');
  const id = /^engine\.(\d+)\./.exec(topic)?.[1];
  return id === undefined ? undefined : Number(id);
}

/** The output that a message of `type` holds; fields that others left out, or wrote otherwise, are empty. */
export function readOutput(type: string, content: object): OutputBody | undefined {
  return Object.hasOwn(readers, type) ? readers[type]?.({ ...content }) : undefined;
}

const readers: Readonly<Record<string, (content: JsonObject) => OutputBody>> = {
  stream: ({ name, text }) => ({
    type: 'stream',
    name: name === 'stderr' ? 'stderr' : 'stdout',
    text: textOf(text) ?? '',
  }),
  display_data: (content) => ({ type: 'display', ...displayOf(content) }),
  update_display_data: (content) => ({ type: 'display-update', ...displayOf(content) }),
  clear_output: ({ wait }) => ({ type: 'clear', wait: wait === true }),
  execute_result: ({ data, metadata, execution_count: count }) => ({
    type: 'result',
    data: objectOf(data) ?? {},
    metadata: objectOf(metadata) ?? {},
    executionCount: countOf(count) ?? 0,
  }),
  error: ({ ename, evalue, traceback }) => ({
    type: 'error',
    name: textOf(ename) ?? 'Error',
    message: textOf(evalue) ?? '',
    traceback: textsOf(traceback),
  }),
};

function displayOf({ data, metadata, transient }: JsonObject): Omit<DisplayOutput, 'type'> {
  const displayId = textOf(objectOf(transient)?.['display_id']);
  return {
    data: objectOf(data) ?? {},
    metadata: objectOf(metadata) ?? {},
    ...(displayId === undefined ? {} : { displayId }),
  };
}
