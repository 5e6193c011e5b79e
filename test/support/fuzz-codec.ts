import { ParallelError } from '../../lib/base/errors.js';
import { readEngines, readNotice, readQueueStatus } from '../../lib/client/read-hub.js';
import { readPublication } from '../../lib/client/read-output.js';
import { charactersOf } from '../../lib/client/outputs.js';
import { readRecord } from '../../lib/client/read-record.js';
import { errorOf, readReply } from '../../lib/client/task-reply.js';
import { parseLeaseLine } from '../../lib/cluster/lease-messages.js';
import { matchingRecords } from '../../lib/controller/record-query.js';
import { fromPython, readPythonCall } from '../../lib/serialize/python/from-python.js';
import { decodeValue, splitBuffers } from '../../lib/serialize/values.js';
import { parseBroadcast, parseBroadcastReply } from '../../lib/wire/broadcast-messages.js';
import { digestOf } from '../../lib/wire/buffers-digest.js';
import { callOf } from '../../lib/wire/cell.js';
import { parseClusterRequest } from '../../lib/wire/cluster-requests.js';
import { parseSample, readState, taskNameOf } from '../../lib/wire/cluster-state.js';
import { decode, encode, type Incoming, Signer } from '../../lib/wire/framing.js';
import {
  parseFollow,
  parseMessageIds,
  parseRegistration,
  parseTargets,
  parseUnregistration,
} from '../../lib/wire/hub-messages.js';
import { readCursor, readExecute, readHistory } from '../../lib/wire/jupyter.js';
import { parsePanelRequest } from '../../lib/wire/panel-messages.js';
import { ReplayGuard } from '../../lib/wire/replay-guard.js';
import { parseTaskMetadata, taskAnswerOf } from '../../lib/wire/task-metadata.js';
import { outputOf } from '../../lib/wire/task-record.js';
import { FuzzBench, type FuzzOptions } from './fuzz-bench.js';
import { mutated, pickFrom, randomFrom } from './mutations.js';
import type { Frames } from './tap.js';

export interface CodecOutcome {
  readonly sent: number;
  readonly accepted: number;
  /** What was thrown that is no error of ours, or took too long, or did not survive a round trip. */
  readonly faults: readonly string[];
}

/** Takes mutated recordings of a real cluster's traffic apart, with all that reads messages. */
export async function fuzzCodec({ count, seed }: FuzzOptions): Promise<CodecOutcome> {
  const { key, recorded } = await record();
  const random = randomFrom(seed);
  const signer = new Signer(key);
  const replays = new ReplayGuard();
  const faults: string[] = [];
  let accepted = 0;
  for (let index = 0; index < count; index += 1) {
    const frames = mutated(pickFrom(recorded, random), key, random);
    const incoming = tried(faults, 'decode', () => decode(frames, signer, replays));
    if (incoming === undefined) continue;
    accepted += 1;
    if (!survives(incoming, signer)) faults.push('no round trip');
    for (const [name, read] of readers) tried(faults, name, () => read(incoming));
  }
  return { sent: count, accepted, faults: [...new Set(faults)] };
}

/** Everything that a controller sent and received while an engine and clients used it. */
async function record(): Promise<{ key: string; recorded: readonly Frames[] }> {
  await using fuzz = await FuzzBench.start();
  await fuzz.talk();
  const { sent, received } = fuzz.tap;
  const signed = [...sent, ...received].filter(({ frames }) => frames.length > 4);
  return { key: fuzz.key, recorded: signed.map(({ frames }) => frames) };
}

/** Slower than this for one message is a hang in the making. */
const limitMs = 2000;

function tried<T>(faults: string[], name: string, read: () => T): T | undefined {
  const startMs = performance.now();
  try {
    return read();
  } catch (error) {
    if (!isExpected(error)) faults.push(`${name}: ${String(error)}`);
    return undefined;
  } finally {
    if (performance.now() - startMs > limitMs) faults.push(`${name}: slow`);
  }
}

/** What is documented to throw TypeErrors says what it expected. */
function isExpected(error: unknown): boolean {
  if (error instanceof ParallelError) return true;
  return error instanceof TypeError && /^(Expected|Unknown query operator)/.test(error.message);
}

function survives({ message, idents }: Incoming, signer: Signer): boolean {
  const again = decode(encode(message, signer, idents), signer);
  return JSON.stringify(again.message) === JSON.stringify(message);
}

type Reader = (incoming: Incoming) => unknown;

const readers: readonly [string, Reader][] = [
  ['registration', ({ message }) => parseRegistration(message.content)],
  ['unregistration', ({ message }) => parseUnregistration(message.content)],
  ['message ids', ({ message }) => parseMessageIds(message.content)],
  ['targets', ({ message }) => parseTargets(message.content)],
  ['follow', ({ message }) => parseFollow(message.content)],
  ['query', ({ message }) => matchingRecords([], message.content)],
  ['task', ({ message }) => parseTaskMetadata(message.metadata)],
  ['task answer', ({ message }) => taskAnswerOf(message)],
  ['broadcast', ({ message }) => parseBroadcast(message.metadata)],
  ['broadcast reply', ({ message }) => parseBroadcastReply(message)],
  ['recorded output', ({ message }) => outputOf(message)],
  ['cluster request', ({ message }) => parseClusterRequest(message.content)],
  ['sample', ({ message }) => parseSample(message.content)],
  ['task name', ({ message }) => taskNameOf({ queue: 'mux', ...message })],
  ['call', ({ message }) => callOf(message.metadata)],
  ['reply', ({ message }) => errorOf(readReply(message), 0)],
  ['engines', ({ message }) => readEngines(message.content)],
  ['notice', ({ message }) => readNotice(message.content)],
  ['queue status', ({ message }) => readQueueStatus(message.content)],
  ['state', ({ message }) => readState(message.content)],
  ['publication', (incoming) => checkedOutput(incoming)],
  ['record', ({ message }) => readRecord(message, Object.keys(message.content)[0] ?? '')],
  ['digest', ({ message }) => digestOf(message.buffers)],
  ['value', ({ message }) => decodeValue(message.buffers)],
  ['values', ({ message }) => splitBuffers(message.buffers).map(decodeValue)],
  ['Python value', ({ message }) => fromPython(message.buffers)],
  ['Python call', ({ message }) => readPythonCall(message.buffers, () => true)],
  ['panel', ({ message }) => parsePanelRequest(message.content)],
  ['lease', ({ message }) => parseLeaseLine(JSON.stringify(message.content))],
  ['execute', ({ message }) => readExecute(message.content)],
  ['cursor', ({ message }) => readCursor(message.content)],
  ['history', ({ message }) => readHistory(message.content)],
];

function checkedOutput(incoming: Incoming): void {
  const publication = readPublication(incoming);
  if (publication?.type !== 'output') return;
  if (!Number.isFinite(charactersOf(publication.output))) throw new Error('an output has no size');
}
