import { messageOf } from '../base/errors.js';
import type { OutputPort } from '../runtime/output-port.js';
import { commInfoReply, errorReply } from '../wire/jupyter.js';
import type { JsonObject } from '../wire/message.js';
import type { Assistant } from './assist.js';
import type { Comms } from './comms.js';
import type { CellExecutor } from './execute.js';
import type { UserInput } from './input.js';
import type { KernelRequest } from './messages.js';

export interface AnswererParts {
  readonly output: OutputPort;
  readonly executor: CellExecutor;
  readonly assistant: Assistant;
  readonly comms: Comms;
  readonly input: UserInput;
}

/** Answers requests in the thread in which cells run. */
export class Answerer {
  readonly #parts: AnswererParts;

  constructor(parts: AnswererParts) {
    this.#parts = parts;
  }

  /** Never rejects: what goes wrong is the answer. */
  async answer(request: KernelRequest): Promise<void> {
    const { output, input } = this.#parts;
    output.open(request.id, request.header);
    let content: JsonObject;
    try {
      content = await this.#contentFor(request);
    } catch (error) {
      content = errorReply('KernelError', messageOf(error));
    }
    input.forget(request.id);
    output.message({ id: request.id, type: 'reply', content });
  }

  #contentFor(request: KernelRequest): JsonObject | Promise<JsonObject> {
    const { executor, assistant, comms } = this.#parts;
    switch (request.type) {
      case 'execute':
        return executor.execute(request);
      case 'complete':
      case 'inspect':
      case 'is-complete':
        return assistant.answer(request);
      case 'comm-info':
        return commInfoReply(comms.list(request.targetName));
      case 'comm-open':
      case 'comm-message':
      case 'comm-close':
        comms.handle(request);
        return {};
    }
  }
}
