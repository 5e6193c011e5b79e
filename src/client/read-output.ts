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
  switch (type) {
    case 'stream': {
      const { name, text } = content as Partial<OutputContents['stream']>;
      return { type: 'stream', name: name === 'stderr' ? name : 'stdout', text: text ?? '' };
    }
    case 'display_data':
      return { type: 'display', ...displayOf(content) };
    case 'update_display_data':
      return { type: 'display-update', ...displayOf(content) };
    case 'clear_output':
      return {
        type: 'clear',
        wait: (content as Partial<OutputContents['clear_output']>).wait === true,
      };
    case 'execute_result': {
      const { data, metadata, execution_count } = content as Partial<
        OutputContents['execute_result']
      >;
      return {
        type: 'result',
        data: data ?? {},
        metadata: metadata ?? {},
        executionCount: execution_count ?? 0,
      };
    }
    case 'error': {
      const { ename, evalue, traceback } = content as Partial<OutputContents['error']>;
      return {
        type: 'error',
        name: ename ?? 'Error',
        message: evalue ?? '',
        traceback: traceback ?? [],
      };
    }
    default:
      return undefined;
  }
}

function displayOf(content: object): Omit<DisplayOutput, 'type'> {
  const { data, metadata, transient } = content as Partial<DisplayContent>;
  const displayId = transient?.display_id;
  return {
    data: data ?? {},
    metadata: metadata ?? {},
    ...(displayId === undefined ? {} : { displayId }),
  };
}
