/**
 * The compiler as a snapshot holds it: run once while the snapshot is made, up to `serve`, and from there on in each
 * process that begins with it. Bundled, since a snapshot is made of one script.
 */
import { startupSnapshot } from 'node:v8';
import { Answering, silenceConsole } from './answering.js';
import type { ToProcess } from './compiler-process.js';
import { FrameReader, frameOf } from './frames.js';
import { practise } from './practise.js';
import type { ReplyMessage, RequestMessage } from './protocol.js';

silenceConsole();
practise();
startupSnapshot.setDeserializeMainFunction(serve);

function serve(): void {
  process.title = 'pxlab compiler';
  process.on('disconnect', () => process.exit());
  let answering: Answering | undefined;
  process.on('message', (message: ToProcess) => {
    if (message.type === 'greeting') answering = new Answering(message.cwd);
    else if (answering !== undefined) heed(message, answering);
  });
}

function heed(message: Exclude<ToProcess, { type: 'greeting' }>, answering: Answering): void {
  if (message.type === 'listen') listen(message.path, answering);
  else answer(answering, message.request, (reply) => process.send?.(reply));
}

function answer(
  answering: Answering,
  request: RequestMessage,
  send: (reply: ReplyMessage) => void,
): void {
  send(answering.answer(request));
  answering.answered();
}

/** For one connection, of another thread of the process that started this one. */
function listen(path: string, answering: Answering): void {
  const { createServer } = process.getBuiltinModule('node:net');
  const server = createServer((socket) => {
    server.close();
    const frames = new FrameReader();
    socket.on('error', () => undefined); // whoever asked has gone
    socket.on('data', (piece) => {
      for (const request of frames.read(piece) as RequestMessage[]) {
        answer(answering, request, (reply) => socket.write(frameOf(reply)));
      }
    });
  });
  server.on('error', () => undefined); // the other thread does without
  server.listen(path);
}
