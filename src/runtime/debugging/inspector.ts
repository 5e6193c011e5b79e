import type Inspector from 'node:inspector';
import { ParallelError } from '../../base/errors.js';

/** Nobody but this machine reaches it. */
const inspectorHost = '127.0.0.1';

/** A debugger that waits for Chrome, VS Code or another client. */
export interface OpenInspector {
  /** `ws://127.0.0.1:41235/<uuid>`, for one client or several. */
  readonly url: string;
  /** False when it was open before, at the port that it has. */
  readonly isNew: boolean;
}

/** Opens the debugger of this thread, also from an interrupt; 0 is any free port. */
export function openInspector(port: number): OpenInspector {
  const inspector = inspectorOfNode();
  const before = inspector.url();
  if (before !== undefined) return { url: before, isNew: false };
  inspector.open(port, inspectorHost);
  const url = inspector.url();
  if (url !== undefined) return { url, isNew: true };
  throw new ParallelError(
    'ADDRESS_IN_USE',
    `The debugger cannot listen on port ${port}: another program does, or it may not be used. ` +
      'Without --port, a free one is taken.',
  );
}

/** Closes it: clients are disconnected, and what one of them has halted goes on. @returns false when none was open. */
export function closeInspector(): boolean {
  const inspector = inspectorOfNode();
  if (inspector.url() === undefined) return false;
  inspector.close();
  return true;
}

/** True while a client of the debugger holds this thread at a breakpoint. To be asked from an interrupt. */
export function isHalted(): boolean {
  const inspector = inspectorOfNode();
  if (inspector.url() === undefined) return false;
  // A frame that there is not: without a halt that is not what is wrong with it.
  const refusal = ask('Debugger.restartFrame', { callFrameId: '0.0.0', mode: 'StepInto' });
  return refusal !== undefined && !refusal.includes('while paused');
}

/** Lets the halted thread go on once the interrupt is over; with `ends`, what it ran ends there. */
export function release({ ends }: { readonly ends: boolean }): void {
  ask('Debugger.resume', { terminateOnResume: ends });
}

/** Of the same thread: the answer is there when the call returns. @returns what was wrong. */
function ask(method: string, parameters: object): string | undefined {
  const session = new (inspectorOfNode().Session)();
  session.connect();
  let refusal: string | undefined;
  session.post(method, parameters, (error) => (refusal = error?.message));
  session.disconnect();
  return refusal;
}

/** Loaded when it is needed first, and at once: interrupts wait for nothing. */
function inspectorOfNode(): typeof Inspector {
  return process.getBuiltinModule('node:inspector');
}
