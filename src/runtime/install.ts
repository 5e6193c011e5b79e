import type { CellRuntime } from './cell-runtime.js';
import { answerDebugQuestions } from './debugging/answer-questions.js';
import { missingDisposables } from './disposables.js';
import { makeDisplay } from './display.js';
import { captureStdio } from './stdio-capture.js';
import { catchStrayErrors } from './stray-errors.js';
import { installTimers } from './timers.js';

/**
 * Gives the process to `runtime`: its stdio, timers, stray errors, what debuggers ask, the global `display` and what
 * this Node lacks of explicit resource management.
 *
 * @returns what undoes it, last step first.
 */
export function installRuntime(runtime: CellRuntime): () => void {
  const { context, sources, output } = runtime;
  const undo = [
    captureStdio(context, output),
    installTimers(context),
    answerDebugQuestions(runtime),
    catchStrayErrors({ context, sources, output }),
    defineGlobal('display', makeDisplay(context, output)),
    ...Object.entries(missingDisposables()).map(([name, value]) => defineGlobal(name, value)),
  ];
  return () => {
    for (const step of undo.reverse()) step();
  };
}

/** A global that cells may shadow and assign, as any of Node's. */
function defineGlobal(name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  return () => {
    if (before === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, before);
  };
}
