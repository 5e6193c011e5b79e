/**
 * The globals of explicit resource management that Node has from version 24 on, for the ones before it:
 * cells are typed to have them. Source: https://tc39.es/proposal-explicit-resource-management/
 */

class SuppressedErrorOfCells extends Error {
  override readonly name = 'SuppressedError';
  readonly error: unknown;
  readonly suppressed: unknown;

  constructor(error: unknown, suppressed: unknown, message?: string) {
    super(message);
    this.error = error;
    this.suppressed = suppressed;
  }
}

type Step = () => unknown;

/** What both stacks have. */
abstract class Stack {
  #steps: Step[] = [];
  #isDisposed = false;

  get disposed(): boolean {
    return this.#isDisposed;
  }

  adopt<T>(value: T, onDispose: (value: T) => unknown): T {
    this.push(() => onDispose(value));
    return value;
  }

  defer(onDispose: () => unknown): void {
    this.push(onDispose);
  }

  use<T>(value: T): T {
    const check: unknown = value; // disposing of nothing is nothing
    if (check === null || check === undefined) this.#assertOpen();
    else this.push(this.stepOf(check));
    return value;
  }

  /** Hands the steps over to another stack; this one is disposed then. */
  protected moveTo<S extends Stack>(other: S): S {
    this.#assertOpen();
    (other as Stack).#steps = this.takeSteps();
    return other;
  }

  protected abstract stepOf(value: object): Step;

  protected push(step: Step): void {
    this.#assertOpen();
    if (typeof step !== 'function') throw new TypeError('A function is needed.');
    this.#steps.push(step);
  }

  /** The steps that remain, in the order in which they came; none the second time. */
  protected takeSteps(): Step[] {
    this.#isDisposed = true;
    return this.#steps.splice(0);
  }

  #assertOpen(): void {
    if (this.#isDisposed) throw new ReferenceError('The stack was disposed of.');
  }
}

/** The errors of several steps as one, as `using` makes them. */
class Failures {
  #latest: { readonly error: unknown } | undefined;

  add(error: unknown): void {
    const before = this.#latest;
    this.#latest = {
      error:
        before === undefined
          ? error
          : new SuppressedErrorOfCells(error, before.error, 'An error was suppressed.'),
    };
  }

  throwIfAny(): void {
    if (this.#latest !== undefined) throw this.#latest.error;
  }
}

class DisposableStackOfCells extends Stack {
  readonly [Symbol.toStringTag] = 'DisposableStack';

  dispose(): void {
    const failures = new Failures();
    for (const step of this.takeSteps().reverse()) {
      try {
        step();
      } catch (error) {
        failures.add(error);
      }
    }
    failures.throwIfAny();
  }

  move(): DisposableStackOfCells {
    return this.moveTo(new DisposableStackOfCells());
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  protected override stepOf(value: object): Step {
    return methodOf(value, (value as Partial<Disposable>)[Symbol.dispose]);
  }
}

class AsyncDisposableStackOfCells extends Stack {
  readonly [Symbol.toStringTag] = 'AsyncDisposableStack';

  async disposeAsync(): Promise<void> {
    const failures = new Failures();
    for (const step of this.takeSteps().reverse()) {
      try {
        await step();
      } catch (error) {
        failures.add(error);
      }
    }
    failures.throwIfAny();
  }

  move(): AsyncDisposableStackOfCells {
    return this.moveTo(new AsyncDisposableStackOfCells());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }

  protected override stepOf(value: object): Step {
    const { [Symbol.asyncDispose]: later, [Symbol.dispose]: now } = value as Partial<
      AsyncDisposable & Disposable
    >;
    return methodOf(value, later ?? now);
  }
}

function methodOf(value: object, method: unknown): Step {
  if (typeof method !== 'function') throw new TypeError('The value cannot be disposed of.');
  return () => Reflect.apply(method, value, []) as unknown;
}

/** What this Node lacks, by its name. */
export function missingDisposables(): Record<string, unknown> {
  const all: Record<string, { readonly name: string }> = {
    SuppressedError: SuppressedErrorOfCells,
    DisposableStack: DisposableStackOfCells,
    AsyncDisposableStack: AsyncDisposableStackOfCells,
  };
  for (const [name, made] of Object.entries(all))
    Object.defineProperty(made, 'name', { value: name });
  return Object.fromEntries(Object.entries(all).filter(([name]) => !(name in globalThis)));
}
