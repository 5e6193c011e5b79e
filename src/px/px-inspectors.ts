import type { EngineInspector } from '../client/debugging.js';
import { debuggerText } from './debugger-text.js';
import { showAsText } from './show-as-text.js';

/** The answer of `px.inspect()`: the debuggers of engines, as text with what to do, and as data. */
export class PxInspectors {
  /** In the order of the targets. */
  readonly engines: readonly EngineInspector[];

  /** @internal */
  constructor(engines: readonly EngineInspector[]) {
    this.engines = engines;
    showAsText(this);
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
