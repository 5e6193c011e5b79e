import { connect, type Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { ParallelError } from '../base/errors.js';
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

  constructor(way: CompilerWay) {
    const settle = (reply: ReplyMessage): void => this.#pending.settle(reply);
    const fail = (): void => {
      this.#pending.fail(new ParallelError('COMPILE', 'The compiler stopped.'));
    };
    const open = typeof way === 'string' ? openSocket : openPort;
    this.#line = open(way as never, settle, fail);
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

function openSocket(path: string, onReply: OnReply, onEnd: () => void): Line {
  const socket: Socket = connect(path);
  const frames = new FrameReader();
  socket.on('data', (piece) => (frames.read(piece) as ReplyMessage[]).forEach(onReply));
  socket.on('error', () => undefined); // it closes
  socket.on('close', onEnd);
  socket.unref();
  return { post: (message) => socket.write(frameOf(message)), close: () => socket.destroy() };
}
