import { type Deferred, deferred } from '../base/deferred.js';
import { ParallelError } from '../base/errors.js';
import type { OutputPort } from '../runtime/output-port.js';
import { inputRequestContent } from '../wire/jupyter.js';
import type { ExecuteCell } from './messages.js';

export interface InputOptions {
  /** What is typed is not shown. */
  readonly password?: boolean;
}

/** Questions of cells to the user, one at a time. */
export class UserInput {
  readonly #output: OutputPort;
  readonly #running: () => ExecuteCell | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #asked: { readonly requestId: string; readonly answer: Deferred<string> } | undefined;

  constructor(output: OutputPort, running: () => ExecuteCell | undefined) {
    this.#output = output;
    this.#running = running;
  }

  /** The line that the user types. @throws {@link ParallelError} `NO_INPUT`. */
  ask(prompt = '', { password = false }: InputOptions = {}): Promise<string> {
    const request = this.#running();
    if (request?.allowStdin !== true) throw noInput();
    const answered = this.#last.then(() => this.#askNow(request.id, { prompt, password }));
    this.#last = answered;
    return answered;
  }

  answer(value: string): void {
    this.#asked?.answer.resolve(value);
    this.#asked = undefined;
  }

  /** The cell is over: nobody waits for its questions. */
  forget(requestId: string): void {
    if (this.#asked?.requestId === requestId) this.answer('');
  }

  #askNow(id: string, question: { prompt: string; password: boolean }): Promise<string> {
    if (this.#running()?.id !== id) return Promise.resolve('');
    this.#asked = { requestId: id, answer: deferred<string>() };
    const content = inputRequestContent(question.prompt, question.password);
    this.#output.message({ id, type: 'input_request', content });
    return this.#asked.answer.promise;
  }
}

function noInput(): ParallelError {
  return new ParallelError(
    'NO_INPUT',
    'Nobody can be asked: this front end takes no input, or no cell runs. Put the value into a variable instead.',
  );
}
