import type { RenderedError } from '../runtime/render-error.js';
import type { MimeBundle } from '../wire/contents.js';
import { expressionFailed, expressionOk } from '../wire/jupyter.js';
import type { JsonObject } from '../wire/message.js';

/** What an expression came to. */
type Evaluated =
  | { readonly status: 'ok'; readonly hasValue: boolean; readonly bundle: MimeBundle }
  | { readonly status: 'error' | 'interrupted'; readonly error: RenderedError };

/**
 * What a front end wants to know after its cell: each expression by its name, in their order. One that fails
 * is an answer like the others.
 *
 * @param run - Runs TypeScript as a cell.
 */
export async function evaluateExpressions(
  expressions: Readonly<Record<string, string>>,
  run: (code: string) => Promise<Evaluated>,
): Promise<JsonObject> {
  const answers: [string, JsonObject][] = [];
  for (const [name, expression] of Object.entries(expressions)) {
    // In brackets a statement is refused, and `{ a: 1 }` is an object. The bracket ends a comment, too.
    answers.push([name, answerOf(await run(`(${expression}\n)`))]);
  }
  return Object.fromEntries(answers);
}

function answerOf(outcome: Evaluated): JsonObject {
  if (outcome.status !== 'ok') return expressionFailed(outcome.error);
  return expressionOk(outcome.hasValue ? outcome.bundle : { 'text/plain': 'undefined' });
}
