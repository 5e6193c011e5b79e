import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const recordStore = new URL('../../../lib/controller/record-store.js', import.meta.url).href;

/** Texts whose characters take two bytes each, of more requests than there is room for. */
const fill = `
  import { RecordStore } from ${JSON.stringify(recordStore)};
  const records = new RecordStore();
  const output = JSON.stringify({ type: 'stream', content: { name: 'stdout', text: '✓'.repeat(2 ** 20) } });
  for (let id = 0; id < 300; id += 1) records.addOutput(String(id), JSON.parse(output));
  process.stdout.write(String(records.get('299') !== undefined && records.get('0') === undefined));
`;

test('records fit into the memory that Node has on a small machine', async () => {
  const args = ['--max-old-space-size=256', '--input-type=module', '--eval', fill];

  const { stdout } = await promisify(execFile)(process.execPath, args);

  expect(stdout).toBe('true');
});
