import type { DisplayContent, OutputContents } from '../wire/contents.js';
import type { Incoming } from '../wire/framing.js';
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

/** The output that a message of `type` holds; fields that others left out are empty. */
export function readOutput(type: string, content: object): OutputBody | undefined {
  return Object.hasOwn(readers, type) ? readers[type]?.(content) : undefined;
}

const readers: Readonly<Record<string, (content: object) => OutputBody>> = {
  stream: (content: Partial<OutputContents['stream']>) => ({
    type: 'stream',
    name: content.name === 'stderr' ? 'stderr' : 'stdout',
    text: content.text ?? '',
  }),
  display_data: (content) => ({ type: 'display', ...displayOf(content) }),
  update_display_data: (content) => ({ type: 'display-update', ...displayOf(content) }),
  clear_output: (content: Partial<OutputContents['clear_output']>) => ({
    type: 'clear',
    wait: content.wait === true,
  }),
  execute_result: (content: Partial<OutputContents['execute_result']>) => ({
    type: 'result',
    data: content.data ?? {},
    metadata: content.metadata ?? {},
    executionCount: content.execution_count ?? 0,
  }),
  error: (content: Partial<OutputContents['error']>) => ({
    type: 'error',
    name: content.ename ?? 'Error',
    message: content.evalue ?? '',
    traceback: content.traceback ?? [],
  }),
};

function displayOf(content: Partial<DisplayContent>): Omit<DisplayOutput, 'type'> {
  const { data, metadata, transient } = content;
  const displayId = transient?.display_id;
  return {
    data: data ?? {},
    metadata: metadata ?? {},
    ...(displayId === undefined ? {} : { displayId }),
  };
}
