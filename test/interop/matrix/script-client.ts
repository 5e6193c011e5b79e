import { isDeepStrictEqual } from 'node:util';
import { type AsyncResult, CancelledError, type Client, CompositeError, RemoteError } from 'pxlab';
import { expect } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { type Feature, type Plan, tryFeatures, waitingText } from './feature-run.js';
import type { FeatureName, Outcome } from './features.js';
import { type Language, type TextName, texts } from './texts.js';

const limited = { timeoutMs: 40_000 };
const shown = { silent: false, ...limited };

/** What our client does on a cluster; `connect` makes another one. */
export function tryScriptClient(
  client: Client,
  plan: Plan,
  connect: () => Promise<Client>,
): Promise<Outcome[]> {
  return tryFeatures('script', new ScriptFeatures(client, plan, connect).all);
}

/** The last feature. */
export function tryShutdown(client: Client, plan: Plan): Promise<Outcome[]> {
  const features = new ScriptFeatures(client, plan, () => Promise.resolve(client));
  return tryFeatures('script', { shutdown: () => features.shutdown() });
}

class ScriptFeatures {
  readonly #client: Client;
  readonly #plan: Plan;
  readonly #connect: () => Promise<Client>;

  constructor(client: Client, plan: Plan, connect: () => Promise<Client>) {
    this.#client = client;
    this.#plan = plan;
    this.#connect = connect;
  }

  get all(): Partial<Record<FeatureName, Feature>> {
    const isMixed = this.#languages.length > 1;
    return {
      execute: () => this.#forEach((id) => this.#execute(id)),
      streams: () => this.#forEach((id, language) => this.#streams(id, language)),
      displays: () => this.#forEach((id) => this.#displays(id)),
      errors: () => this.#errors(),
      values: () => this.#values(),
      arrays: () => this.#arrays(),
      targets: () => this.#targets(),
      language: () => this.#byLanguage(),
      ...(isMixed ? { refusal: () => this.#refusal() } : {}),
      abort: () => this.#forEach((id, language) => this.#abort(id, language)),
      interrupt: () => this.#forEach((id, language) => this.#interrupt(id, language)),
      clear: () => this.#clear(),
      broadcast: () => this.#broadcast(),
      'load-balanced': () => this.#loadBalanced(),
      dependencies: () => this.#dependencies(),
      queue: () => this.#forEach((id, language) => this.#queue(id, language)),
      records: () => this.#forEach((id) => this.#records(id)),
    };
  }

  async shutdown(): Promise<void> {
    const { victim } = this.#plan;
    await this.#client.shutdown({ targets: [victim] });
    const isGone = (): boolean => !this.#client.ids.includes(victim);
    expect(await until(isGone, { timeoutMs: 30_000 })).toBe(true);
    for (const id of this.#ids) await this.#run(id, 'typed');
  }

  get #ids(): number[] {
    return [...this.#plan.workers.keys()];
  }

  get #languages(): Language[] {
    return [...new Set(this.#plan.workers.values())];
  }

  async #forEach(feature: (id: number, language: Language) => Promise<void>): Promise<void> {
    for (const [id, language] of this.#plan.workers) await feature(id, language);
  }

  #text(id: number, name: TextName): string {
    return texts[this.#plan.workers.get(id) ?? 'typescript'][name];
  }

  #run(id: number, name: TextName): AsyncResult<unknown> {
    return this.#client.direct(id).execute(this.#text(id, name), shown);
  }

  /** Engines of Python's drop what comes while they still deal with a failure. */
  async #goesOn(id: number): Promise<void> {
    const runs = (): Promise<boolean> =>
      this.#client
        .direct(id)
        .execute('6 * 7', shown)
        .then(
          () => true,
          () => false,
        );
    if (!(await until(runs, { timeoutMs: 30_000 }))) throw new Error(`engine ${id} does not run`);
  }

  async #execute(id: number): Promise<void> {
    const result = this.#run(id, 'typed');
    await result;
    expect(result.outputs[0]?.result?.data['text/plain']).toBe('42');
  }

  async #streams(id: number, language: Language): Promise<void> {
    const { text, go } = waitingText(this.#plan, language, 'print');
    const result = this.#client.direct(id).execute(text, shown);
    await printed(result, 'first\n', 'oops\n');
    expect(result.done).toBe(false);
    await go();
    await result;
    expect(result.outputs[0]?.stdout).toBe('first\nlast\n');
  }

  async #displays(id: number): Promise<void> {
    const result = this.#run(id, 'display');
    const types: string[] = [];
    for await (const { type } of result.stream()) types.push(type);
    await result;
    expect(types).toEqual(expect.arrayContaining(['display', 'display-update']));
    const displays = result.outputs[0]?.displays.map(({ data }) => data['text/html']);
    expect(displays).toEqual(['<b>two</b>']);
  }

  async #errors(): Promise<void> {
    for (const id of this.#ids) {
      const error: unknown = await this.#run(id, 'fail').then(undefined, (reason) => reason);
      if (!(error instanceof RemoteError)) throw new Error(`no remote error: ${String(error)}`);
      expect(error).toMatchObject({ remoteName: 'TypeError', remoteMessage: 'boom', engineId: id });
      expect(error.remoteStack.join('\n')).toContain('broken');
      await this.#goesOn(id);
    }
    for (const language of this.#languages) {
      const ids = this.#plan.pool(language);
      const error: unknown = await this.#client
        .direct(ids)
        .execute(texts[language].fail, limited)
        .then(undefined, (reason) => reason);
      expect(error).toBeInstanceOf(CompositeError);
      expect((error as CompositeError).errors).toHaveLength(ids.length);
      for (const id of ids) await this.#goesOn(id);
    }
  }

  async #values(): Promise<void> {
    const view = this.#client.direct(this.#ids);
    const sent = { n: 3, text: 'é', d: { k: [1, null, [2.5, true]] }, raw: Buffer.from('b') };
    await view.push(sent, limited);
    for (const id of this.#ids) await this.#run(id, 'checkValues');
    const expected = [sent.n, sent.text, sent.d, { set: new Set([1]), t: 'é' }];
    expect(await view.pull(['n', 'text', 'd', 'back'], limited)).toEqual(
      this.#ids.map(() => expected),
    );
  }

  async #arrays(): Promise<void> {
    const view = this.#client.direct(this.#ids);
    const a = Object.assign(Float64Array.of(0, 1, 2, 3, 4, 5), { shape: [2, 3] });
    const big = new Float64Array(100_000).fill(1);
    await view.push({ a, big, i: BigInt64Array.of(0n, 1n, 2n) }, limited);
    for (const id of this.#ids) {
      await this.#run(id, 'checkArrays');
      await this.#run(id, 'makeArray');
      const pulled = await this.#client.direct(id).pull(['a', 'big', 'i', 'made'], limited);
      const [back, large, i, made] = pulled as [typeof a, Float64Array, BigInt64Array, typeof a];
      expect([Float64Array.from(back), [...back.shape]]).toEqual([Float64Array.from(a), [2, 3]]);
      expect([large.length, large[99_999], i]).toEqual([100_000, 1, BigInt64Array.of(0n, 1n, 2n)]);
      expect([made.constructor.name, [...made], [...made.shape]]).toEqual([
        ...['Int32Array', [0, 1, 2, 3, 4, 5], [3, 2]],
      ]);
    }
  }

  async #targets(): Promise<void> {
    const { ids } = this.#client;
    expect(this.#client.direct('::2').engines.map(({ id }) => id)).toEqual(
      ids.filter((_, index) => index % 2 === 0),
    );
    for (const id of this.#ids) {
      const result = this.#client.direct([id]).execute(this.#text(id, 'choose'), shown);
      await result;
      expect(result.outputs.map(({ engineId, stdout }) => [engineId, stdout])).toEqual([
        [id, 'chosen\n'],
      ]);
    }
  }

  async #byLanguage(): Promise<void> {
    for (const language of this.#languages) {
      const view = this.#client.direct((engine) => engine.language === language);
      expect(view.engines.map(({ id }) => id)).toEqual(this.#plan.pool(language));
      await view.execute(texts[language].choose, limited);
    }
  }

  async #refusal(): Promise<void> {
    const before = await this.#settled();
    const refused = (): unknown => this.#client.direct(this.#ids).execute('1');
    expect(refused).toThrow(/^One text cannot run in two languages, and Python is that of engine/);
    expect(await this.#settled()).toEqual(before);
  }

  /** A hub hears of replies after the client did: what it has counted is compared once it rests. */
  async #settled(): Promise<unknown> {
    let counted: unknown;
    const rests = async (): Promise<boolean> => {
      const before = counted;
      counted = await this.#completed();
      return isDeepStrictEqual(before, counted);
    };
    expect(await until(rests, { timeoutMs: 10_000, periodMs: 200 })).toBe(true);
    return counted;
  }

  async #completed(): Promise<unknown> {
    return (await this.#client.queueStatus()).engines.map(({ completed }) => completed);
  }

  async #abort(id: number, language: Language): Promise<void> {
    const { text, go } = waitingText(this.#plan, language, 'wait');
    const view = this.#client.direct(id);
    const first = view.execute(text, shown);
    await printed(first, 'waits');
    const second = view.execute(texts[language].choose, shown);
    await second.cancel({ queuedOnly: true });
    await go();
    await first;
    await expect(second).rejects.toBeInstanceOf(CancelledError);
    expect(second.outputs[0]?.stdout).toBe('');
  }

  async #interrupt(id: number, language: Language): Promise<void> {
    const result = this.#client.direct(id).execute(texts[language].spin, shown);
    await printed(result, 'spins');
    expect(await this.#client.interrupt(id)).toEqual([{ engineId: id, outcome: 'stopped' }]);
    await expect(result).rejects.toThrow();
    await this.#goesOn(id);
  }

  async #clear(): Promise<void> {
    const view = this.#client.direct(this.#ids);
    await view.push({ gone: 1 }, limited);
    await this.#client.clear(this.#ids);
    for (const id of this.#ids) {
      await expect(this.#client.direct(id).pull('gone', limited)).rejects.toThrow(/gone/);
    }
  }

  async #broadcast(): Promise<void> {
    for (const language of this.#languages) {
      const ids = this.#plan.pool(language);
      const result = this.#client.broadcast(ids).execute(texts[language].typed, shown);
      await result;
      expect(result.outputs.map(({ engineId }) => engineId)).toEqual(ids);
      for (const { result: each } of result.outputs) expect(each?.data['text/plain']).toBe('42');
    }
    await this.#client.broadcast(this.#ids).push({ b: [5, 6] }, limited);
    expect(await this.#client.direct(this.#ids).pull('b', limited)).toEqual(
      this.#ids.map(() => [5, 6]),
    );
  }

  async #loadBalanced(): Promise<void> {
    for (const language of this.#languages) {
      const view = this.#client.loadBalanced({ targets: this.#plan.pool(language) });
      const results = Array.from({ length: 8 }, () => view.execute(texts[language].typed, shown));
      for (const result of results) {
        await result;
        expect(result.outputs[0]?.result?.data['text/plain']).toBe('42');
      }
    }
  }

  async #dependencies(): Promise<void> {
    for (const language of this.#languages) {
      const view = this.#client.loadBalanced({ targets: this.#plan.pool(language), retries: 2 });
      const first = view.execute(texts[language].whoami, shown);
      const options = { ...shown, after: first, follow: [first] };
      const second = view.execute(texts[language].whoami, options);
      await second;
      expect(second.outputs[0]?.stdout).toBe(first.outputs[0]?.stdout);
      const { text } = waitingText(this.#plan, language, 'failOnce');
      const retried = view.execute(text, shown);
      await retried;
      expect(retried.outputs[0]?.stdout).toContain('second');
    }
  }

  async #queue(id: number, language: Language): Promise<void> {
    const { text, go } = waitingText(this.#plan, language, 'wait');
    const view = this.#client.direct(id);
    const first = view.execute(text, shown);
    await printed(first, 'waits');
    const second = view.execute(texts[language].typed, shown);
    const queued = async (): Promise<number | undefined> =>
      (await this.#client.queueStatus()).engines.find(({ engineId }) => engineId === id)?.queued;
    const hasTwo = await until(async () => (await queued()) === 2, { timeoutMs: 30_000 });
    await go();
    await Promise.all([first, second]);
    expect(hasTwo).toBe(true);
  }

  async #records(id: number): Promise<void> {
    const { messageIds } = this.#run(id, 'typed');
    await using other = await this.#connect();
    const found = other.result(messageIds);
    await found;
    expect(found.outputs.map(({ result }) => result?.data['text/plain'])).toEqual(['42']);
  }
}

/** Resolves when all of `parts` were printed. */
async function printed(result: AsyncResult<unknown>, ...parts: string[]): Promise<void> {
  const all = (): string => result.outputs.map(({ stdout, stderr }) => stdout + stderr).join('');
  const areThere = (): boolean => parts.every((part) => all().includes(part));
  if (!(await until(areThere, { timeoutMs: 30_000 }))) throw new Error(`printed only ${all()}`);
}
