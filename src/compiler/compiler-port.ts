import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../base/clock.js';
import { ParallelError } from '../base/errors.js';
import { removePrivateFolder } from '../process/private-folder.js';
import type { Compiler } from './compiler.js';
import { FrameReader, frameOf } from './frames.js';
import { PendingCalls } from './pending-calls.js';
import type { Method, ReplyMessage, ReplyOf, RequestMessage, RequestOf } from './protocol.js';
import type { CompilerWay } from './seat.js';

/** What a way to the compiler comes to. */
interface Line {
  post(message: RequestMessage): void;
  close(): void;
}

/** The compiler, as another thread than the one that started it asks it. */
export class CompilerPort implements Pick<
  Compiler,
  'complete' | 'inspect' | 'isComplete' | 'isThere'
> {
  readonly #line: Line;
  readonly #pending = new PendingCalls();
  #hasAnswered = false;
  #isOver = false;

  constructor(way: CompilerWay) {
    const settle = (reply: ReplyMessage): void => this.#pending.settle(reply);
    const fail = (): void => {
      this.#isOver = true;
      this.#pending.fail(stopped());
    };
    this.#line =
      typeof way === 'string' ? openSocket(way, settle, fail) : openPort(way, settle, fail);
  }

  get isThere(): boolean {
    return this.#hasAnswered;
  }

  complete(request: RequestOf<'complete'>): Promise<ReplyOf<'complete'>> {
    return this.#call('complete', request);
  }

  inspect(request: RequestOf<'inspect'>): Promise<ReplyOf<'inspect'>> {
    return this.#call('inspect', request);
  }

  isComplete(code: string): Promise<ReplyOf<'isComplete'>> {
    return this.#call('isComplete', code);
  }

  close(): void {
    this.#line.close();
  }

  async #call<M extends Method>(method: M, request: RequestOf<M>): Promise<ReplyOf<M>> {
    if (this.#isOver) throw stopped();
    const { message, answer } = this.#pending.open(method, request);
    this.#line.post(message);
    const reply = (await answer.promise) as ReplyOf<M>;
    this.#hasAnswered = true;
    return reply;
  }
}

type OnReply = (reply: ReplyMessage) => void;

function openPort(port: MessagePort, onReply: OnReply, onEnd: () => void): Line {
  port.on('message', onReply);
  port.on('close', onEnd);
  port.unref();
  return { post: (message) => port.postMessage(message), close: () => port.close() };
}

/** It listens a third of a second after its start. */
const retryMs = 20;
const connectLimitMs = 15_000;

/** Connects as soon as the compiler listens; nothing of the place is left then. */
function openSocket(path: string, onReply: OnReply, onEnd: () => void): Line {
  const frames = new FrameReader();
  const waiting: Buffer[] = [];
  let socket: Socket | undefined;
  let isClosed = false;
  const send = (frame: Buffer): void => {
    if (socket === undefined) waiting.push(frame);
    else socket.write(frame);
  };
  const isOver = (): boolean => isClosed;
  void connected(path, isOver).then((made) => {
    if (made === undefined) {
      onEnd();
      return;
    }
    socket = made;
    socket.on('data', (piece) => (frames.read(piece) as ReplyMessage[]).forEach(onReply));
    socket.on('close', onEnd);
    waiting.forEach(send);
  }); // it never rejects
  return {
    post: (message) => send(frameOf(message)),
    close: () => {
      isClosed = true;
      socket?.destroy();
    },
  };
}

async function connected(path: string, isOver: () => boolean): Promise<Socket | undefined> {
  const attempts = connectLimitMs / retryMs;
  for (let attempt = 0; attempt < attempts && !isOver(); attempt += 1) {
    const socket = await connectOnce(path);
    if (socket !== undefined) {
      await removePrivateFolder(dirname(path)).catch(() => undefined);
      return socket;
    }
    await systemClock.sleep(retryMs);
  }
  return undefined;
}

function connectOnce(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.unref();
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined)); // later ones close it
  });
}

function stopped(): ParallelError {
  return new ParallelError('COMPILE', 'The compiler stopped.');
}
