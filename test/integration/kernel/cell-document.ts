import type { StartedKernel } from '../../support/jupyter-client.js';

/**
 * A Markdown file of cells and what they show. Its code blocks, in their order:
 *
 * - `ts`: a cell; `ts !types Ada` for one whose user types that at each prompt, `ts !stop` for one that is stopped
 *   when it has printed something, `ts !page {"value":7}` for one whose channel the page answers with that;
 * - `text` behind it: what it shows, nothing when there is none;
 * - `ts lib/a.ts`, `json node_modules/b/package.json`: a file that is written beside the notebook before the next cell.
 */
export type Block =
  | {
      readonly type: 'cell';
      readonly line: number;
      readonly code: string;
      /** What happens while it runs: `types Ada`. */
      readonly event: string;
      readonly expected: string;
    }
  | { readonly type: 'file'; readonly path: string; readonly text: string };

export function parseDocument(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const match of markdown.matchAll(/^```(\w+)[^\S\n]*(.*)\n([^]*?)^```$/gm)) {
    const [, language = '', info = '', text = ''] = match;
    const event = info.startsWith('!') ? info.slice(1) : '';
    const path = event === '' ? info : '';
    const last = blocks.at(-1);
    if (language === 'text') {
      if (last?.type !== 'cell') throw new Error(`No cell shows this:\n${text}`);
      blocks[blocks.length - 1] = { ...last, expected: text };
    } else if (path !== '') {
      blocks.push({ type: 'file', path, text });
    } else {
      const line = markdown.slice(0, match.index).split('\n').length;
      blocks.push({ type: 'cell', line, code: text.slice(0, -1), event, expected: '' });
    }
  }
  return blocks;
}

/** The document with what its cells show now. */
export function withOutputs(markdown: string, shown: readonly string[]): string {
  let index = 0;
  const cell = /^```ts(?: !.*)?\n[^]*?^```$(?:\n+```text\n[^]*?^```$)?/gm;
  return markdown.replace(cell, (text) => {
    const [source = ''] = /^```ts.*\n[^]*?^```$/m.exec(text) ?? [];
    const output = shown[index++] ?? '';
    return output === '' ? source : `${source}\n\n\`\`\`text\n${output}\`\`\``;
  });
}

type Answer = Awaited<ReturnType<StartedKernel['client']['execute']>>;
type Output = Answer['outputs'][number];

/**
 * What a reader sees, in its order: what is printed as it is (`! ` before stderr), `=> ` before the value, `✗ `
 * before an error, `~ ` before what changes in place; `[text/html]` before content that is not just text.
 * The cell itself is `Cell [n]`, the one before it `Cell [n-1]`.
 */
export function shownText(
  { outputs, reply }: Pick<Answer, 'outputs' | 'reply'>,
  place: { count: number; folder: string },
): string {
  const pages = (reply['payload'] ?? []) as { data?: unknown }[];
  const text = [...merged(outputs).map(textOf), ...pages.map(({ data }) => pageText(data))]
    .map((each) => (each === '' || each.endsWith('\n') ? each : `${each}\n`))
    .join('');
  return text
    .replaceAll(place.folder, '<folder>')
    .replace(/\(node:\d+\)/g, '(node:pid)')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replace(/"port":\d+/g, '"port":<port>')
    .replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '<uuid>')
    .replace(/for \d+ m?s now/g, 'for <time> now')
    .replace(/^~ \[text\/html\] <p>AsyncResult: .*\n/gm, '') // how far it is, from time to time
    .replace(/^! (?:Debugger listening on|For help, see:) .*\n/gm, '') // Node says so, to whichever cell
    .replaceAll('\x1b', '␛')
    .replace(/Cell \[(\d+)\]/g, (_, number: string) => {
      const back = place.count - Number(number);
      return back === 0 ? 'Cell [n]' : `Cell [n-${back}]`;
    });
}

/** How a stream is cut into messages is a matter of time. */
function merged(outputs: readonly Output[]): Output[] {
  const all: Output[] = [];
  for (const output of outputs) {
    const last = all.at(-1);
    const isMore = last?.type === 'stream' && output.type === 'stream';
    if (isMore && last.content['name'] === output.content['name']) {
      const text = `${String(last.content['text'])}${String(output.content['text'])}`;
      all[all.length - 1] = { ...last, content: { ...last.content, text } };
    } else all.push(output);
  }
  return all;
}

function textOf({ type, content }: Output): string {
  switch (type) {
    case 'stream':
      return streamText(String(content['name']), String(content['text']));
    case 'execute_result':
      return `=> ${bundleText(content['data'])}`;
    case 'display_data':
      return bundleText(content['data']);
    case 'update_display_data':
      return `~ ${bundleText(content['data'])}`;
    case 'clear_output':
      return content['wait'] === true ? '(cleared by the next)' : '(cleared)';
    case 'error':
      return `✗ ${(content['traceback'] as string[]).join('\n')}`;
    case 'comm_open':
      return `(opens ${asText(content['target_name'])}) ${asText(content['data'])}`;
    case 'comm_msg':
      return `(tells the page) ${asText(content['data'])}`;
    default:
      return `(${type})`;
  }
}

function streamText(name: string, text: string): string {
  return name === 'stderr' ? text.replace(/^(?=.)/gm, '! ') : text;
}

function pageText(data: unknown): string {
  return `(beside the notebook) ${asText((data as Record<string, unknown>)['text/plain'])}`;
}

function bundleText(data: unknown): string {
  const { 'text/plain': plain, ...rich } = data as Record<string, unknown>;
  const parts = Object.entries(rich).map(([type, value]) => `[${type}] ${asText(value)}`);
  return parts.length === 0 ? asText(plain) || '(empty)' : parts.join('\n');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
