import { inspect } from 'node:util';
import type { EngineInspector } from '../client/debugging.js';
import { displaySymbol } from '../runtime/mime-bundle.js';
import type { MimeBundle } from '../wire/contents.js';
import { debuggerText } from './debugger-text.js';

/** The answer of `px.inspect()`: the debuggers of engines, as text with what to do, and as data. */
export class PxInspectors {
  /** In the order of the targets. */
  readonly engines: readonly EngineInspector[];

  /** @internal */
  constructor(engines: readonly EngineInspector[]) {
    this.engines = engines;
    const hidden = (key: symbol, value: unknown): void => {
      Object.defineProperty(this, key, { value });
    };
    hidden(displaySymbol, (): MimeBundle => ({ 'text/plain': this.toString() }));
    hidden(inspect.custom, () => this.toString());
  }

  toString(): string {
    return this.engines.map(textOf).join('\n\n');
  }
}

function textOf({ engineId, host, url, wasOpen, problem }: EngineInspector): string {
  if (problem !== undefined) return problem;
  if (url !== undefined) {
    const closing = `%inspect off ${engineId}`;
    return debuggerText({ whose: `engine ${engineId}`, url, wasOpen, host, closing });
  }
  const what = wasOpen ? 'is closed: clients were disconnected' : 'was not open';
  return `The debugger of engine ${engineId} ${what}.`;
}
