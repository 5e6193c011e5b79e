const frameLimit = 1000;

/**
 * The whole stack, innermost call first, whatever the user set for the stacks of errors: `read` of each call.
 *
 * A text instead when it is called in the midst of another stack being written: V8 writes this one in its
 * own way then.
 */
export function capturedCalls<T>(read: (call: NodeJS.CallSite) => T): T[] | string {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = frameLimit;
    Error.prepareStackTrace = (_error, calls) => calls.map((call) => read(call));
    Error.captureStackTrace(holder);
    const { stack } = holder;
    if (Array.isArray(stack)) return stack as T[];
    return typeof stack === 'string' ? stack : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Object.defineProperty(Error, 'prepareStackTrace', prepare);
  }
}

/** The calls in the text of a stack. */
export function linesOf(stack: string): string[] {
  return stack.split('\n').slice(1);
}
