import { Cluster } from 'pxlab';

/** `pxlab-calls.js ENGINES CALLS`: times a start to the first result, and then calls on all engines. */
const [engines, count] = process.argv.slice(2).map(Number);

const startedMs = performance.now();
const cluster = await Cluster.start({ n: engines });
const client = await cluster.connect();
const view = client.direct('all');
const first = await view.execute('1 + 1');
const startMs = [performance.now() - startedMs];
if (first.length !== engines || first.some((value) => value !== 2))
  throw new Error(`wrong: ${first}`);

const callMs = [];
for (let call = 0; call < count; call++) {
  const calledMs = performance.now();
  await view.execute('1 + 1');
  callMs.push(performance.now() - calledMs);
}
await client.close();
await cluster.stop();
process.stdout.write(`${JSON.stringify({ startMs, callMs })}\n`);
