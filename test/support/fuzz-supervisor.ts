import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket as Connection } from 'node:net';
import { Cluster } from 'pxlab';
import { Scope } from '../../lib/base/scope.js';
import { supervisorLog } from '../../lib/cluster/logs.js';
import { Socket } from '../../lib/transport/socket.js';
import { clientFile } from '../../lib/wire/cluster-files.js';
import { addressOf, parseClientInfo } from '../../lib/wire/connection-info.js';
import { encode, Signer } from '../../lib/wire/framing.js';
import { Session } from '../../lib/wire/message.js';
import type { FuzzOptions } from './fuzz-bench.js';
import { mutated, pickFrom, randomFrom, renewed, withOtherValue } from './mutations.js';
import { residentBytes } from './resident-bytes.js';
import type { Sandbox } from './sandbox.js';

/** What clients ask a supervisor, but for what would end it or start something. */
const requests = [
  { action: 'status' },
  { action: 'start-engines', n: 0 },
  { action: 'stop-engine', engineId: 77 },
  { action: 'restart-engine', engineId: 78 },
];
/** What is said on its lease socket. */
const lines = [
  { engine: 'an engine that is not there' },
  { owner: 'somebody', kind: 'kernel', pid: 1 },
  { client: 'a session' },
];

/** A running cluster whose supervisor gets mutated requests and lease lines from strangers who know the key. */
export async function fuzzSupervisor(
  { count, seed }: FuzzOptions,
  { profileDir, env }: Sandbox,
): Promise<{
  readonly sent: number;
  readonly grownBytes: number;
  readonly logLines: number;
  /** What its engines answer afterwards. */
  readonly values: readonly unknown[];
}> {
  await using cluster = await Cluster.start({ n: 1, profileDir, env });
  await using client = await cluster.connect();
  const path = clientFile(cluster);
  const info = parseClientInfo(await readFile(path, 'utf8'), path);
  await using strangers = new Scope();
  const route = { base: info.interface, key: info.key, curveServerKey: undefined };
  const hub = strangers.use(
    new Socket('dealer', { connect: [addressOf(route, info.registration)], lingerMs: 0 }),
  );
  const [session, signer, random] = [new Session(), new Signer(info.key), randomFrom(seed)];
  const recorded = requests.map((content) =>
    encode(session.message({ type: 'pxlab_cluster_request', content }), signer),
  );
  const { supervisorPid } = await cluster.status();
  const before = residentBytes(supervisorPid);
  for (let sent = 0; sent < count; sent += 1) {
    const wrong = mutated(renewed(pickFrom(recorded, random)), info.key, random);
    if (wrong.length > 0) await hub.send(wrong);
    if (sent % 50 === 49) {
      await mutter(info.pxlab?.lease ?? '', random);
      await client.clusterRequest({ action: 'status' });
    }
  }
  await cluster.startEngines(1); // a request to stop engine 0 was in order
  const values = await client.direct('all').execute('6 * 7');
  return {
    sent: count,
    grownBytes: residentBytes(supervisorPid) - before,
    logLines: (await readFile(supervisorLog(cluster), 'utf8')).split('\n').length,
    values,
  };
}

/** Says wrong things on the lease socket, and hangs up. */
async function mutter(path: string, random: () => number): Promise<void> {
  const connection: Connection = connect(path);
  connection.on('error', () => undefined); // it may be hung up on
  await once(connection, 'connect');
  const pick = <T>(items: readonly T[]): T => pickFrom(items, random);
  for (let line = 0; line < 5; line += 1) {
    const text = JSON.stringify(pick(lines));
    connection.write(`${withOtherValue(text, { random, pick })}\n`);
  }
  if (random() < 0.1) connection.write('x'.repeat(1 << 20));
  const closed = new Promise((resolve) => connection.once('close', resolve));
  connection.destroySoon();
  await closed;
}
