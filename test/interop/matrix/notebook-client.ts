import { expect } from 'vitest';
import { stripVTControlCharacters } from 'node:util';
import { until } from '../../../lib/base/clock.js';
import type { JupyterClient } from '../../support/jupyter-client.js';
import { type Feature, type Plan, tryFeatures, waitingText } from './feature-run.js';
import type { FeatureName, Outcome } from './features.js';
import { type Language, type TextName, texts } from './texts.js';

/** What a notebook of ours does on the cluster that it is connected to. */
export function tryNotebook(notebook: JupyterClient, plan: Plan): Promise<Outcome[]> {
  return tryFeatures('notebook', new NotebookFeatures(notebook, plan).all);
}

class NotebookFeatures {
  readonly #notebook: JupyterClient;
  readonly #plan: Plan;

  constructor(notebook: JupyterClient, plan: Plan) {
    this.#notebook = notebook;
    this.#plan = plan;
  }

  get all(): Partial<Record<FeatureName, Feature>> {
    const isMixed = this.#languages.length > 1;
    const hasTypeScript = this.#languages.includes('typescript');
    return {
      execute: () => this.#forEach((id) => this.#execute(id)),
      streams: () => this.#forEach((id, language) => this.#streams(id, language)),
      displays: () => this.#forEach((id) => this.#displays(id)),
      errors: () => this.#errors(),
      values: () => this.#values(),
      arrays: () => this.#arrays(),
      targets: () => this.#forEach((id) => this.#targets(id)),
      language: () => this.#byLanguage(),
      ...(isMixed ? { refusal: () => this.#refusal() } : {}),
      ...(hasTypeScript ? { types: () => this.#types() } : {}),
      later: () => this.#forEach((id) => this.#later(id)),
      abort: () => this.#forEach((id, language) => this.#abort(id, language)),
      interrupt: () => this.#forEach((id, language) => this.#interrupt(id, language)),
      broadcast: () => this.#broadcast(),
      'load-balanced': () => this.#loadBalanced(),
    };
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

  #px(id: number, text: string, flags = ''): ReturnType<JupyterClient['execute']> {
    return this.#notebook.execute(`%%px --targets ${id} ${flags}\n${text}`);
  }

  /** Runs TypeScript in the notebook. @returns the text of its value. */
  async #eval(code: string): Promise<string | undefined> {
    const { result, error } = await this.#notebook.execute(code);
    if (error !== undefined) throw new Error(`${code}: ${error.evalue}`);
    return result;
  }

  /** Engines of Python's drop what comes while they still deal with a failure. */
  async #goesOn(id: number): Promise<void> {
    const runs = async (): Promise<boolean> => (await this.#px(id, '6 * 7')).error === undefined;
    if (!(await until(runs, { timeoutMs: 30_000 }))) throw new Error(`engine ${id} does not run`);
  }

  async #execute(id: number): Promise<void> {
    const { outputs } = await this.#px(id, this.#text(id, 'typed'));
    expect(JSON.stringify(outputs)).toMatch(new RegExp(`Out\\[${id}:\\d+\\]: 42`));
  }

  async #streams(id: number, language: Language): Promise<void> {
    const { text, go } = waitingText(this.#plan, language, 'print');
    const running = this.#px(id, text);
    await running.printed(`[stdout:${id}] first\n`);
    await running.printed(`[stderr:${id}] oops\n`);
    await go();
    expect((await running).stdout).toContain(`[stdout:${id}] last\n`);
  }

  async #displays(id: number): Promise<void> {
    const { outputs } = await this.#px(id, this.#text(id, 'display'));
    const shown = JSON.stringify(outputs);
    expect(shown).toContain('<b>one</b>');
    expect(shown).toContain('<b>two</b>');
  }

  async #errors(): Promise<void> {
    for (const id of this.#ids) {
      const { error } = await this.#px(id, this.#text(id, 'fail'));
      expect(error).toMatchObject({ ename: 'TypeError' });
      const traceback = stripVTControlCharacters(error?.traceback.join('\n') ?? '');
      expect(traceback).toContain('boom');
      expect(traceback).toContain('broken');
      await this.#goesOn(id);
    }
    for (const language of this.#languages) {
      const { error } = await this.#notebook.execute(
        `%%px --targets ${language}\n${texts[language].fail}`,
      );
      const ids = this.#plan.pool(language);
      expect(error?.evalue).toContain(`All ${ids.length} engines failed`);
      for (const id of ids) await this.#goesOn(id);
    }
  }

  async #values(): Promise<void> {
    await this.#eval(
      "await px.push({ n: 3, text: 'é', d: { k: [1, null, [2.5, true]] }, raw: Buffer.from('b') });",
    );
    for (const id of this.#ids) {
      const { error } = await this.#px(id, this.#text(id, 'checkValues'));
      expect(error).toBeUndefined();
    }
    const targets = JSON.stringify(this.#ids);
    const pulled = await this.#eval(`JSON.stringify(await px.pull('d', { targets: ${targets} }))`);
    const d = '{"k":[1,null,[2.5,true]]}';
    expect(pulled).toContain(`[${this.#ids.map(() => d).join()}]`);
  }

  async #arrays(): Promise<void> {
    await this.#eval(
      `const a = Object.assign(Float64Array.of(0, 1, 2, 3, 4, 5), { shape: [2, 3] });
       await px.push({ a, big: new Float64Array(100_000).fill(1), i: BigInt64Array.of(0n, 1n, 2n) });`,
    );
    for (const id of this.#ids) {
      for (const name of ['checkArrays', 'makeArray'] as const) {
        const { error } = await this.#px(id, this.#text(id, name));
        expect(error?.evalue).toBeUndefined();
      }
      const pulled = await this.#eval(
        `const [made${id}] = await px.pull<Int32Array & { shape: number[] }>('made', { targets: ${id} });
         [made${id}.constructor.name, ...made${id}, ...made${id}.shape].join()`,
      );
      expect(pulled).toContain('Int32Array,0,1,2,3,4,5,3,2');
    }
  }

  async #targets(id: number): Promise<void> {
    const text = this.#text(id, 'choose');
    const { stdout } = await this.#notebook.execute(`%%px --targets ${id}:${id + 1}\n${text}`);
    expect(stdout).toBe(`[stdout:${id}] chosen\n`);
  }

  async #byLanguage(): Promise<void> {
    const listed = await this.#eval(
      '(await px.status()).engines.map(({ id, language }) => `${id} ${language}`).join()',
    );
    for (const [id, language] of this.#plan.workers) expect(listed).toContain(`${id} ${language}`);
    for (const language of this.#languages) {
      const ids = this.#plan.pool(language);
      const { stdout } = await this.#notebook.execute(
        `%%px --targets ${language}\n${texts[language].choose}`,
      );
      const lines = ids.map((id) => `[stdout:${id}] chosen`);
      expect(stdout.trim().split('\n').sort()).toEqual(lines);
      await this.#eval('await px.push({ here: 1 });');
      const predicate = `({ language }) => language === '${language}'`;
      const pulled = await this.#eval(`(await px.pull('here', { targets: ${predicate} })).length`);
      expect(pulled).toBe(String(ids.length));
    }
  }

  async #refusal(): Promise<void> {
    const { error } = await this.#notebook.execute('%%px\nconsole.log(1)');
    const listed = (language: Language): string => {
      const ids = this.#plan.pool(language).map(String);
      return `${ids.length > 1 ? 'engines' : 'engine'} ${ids.join(' and ')}`;
    };
    expect(error?.evalue).toBe(
      `This cell is aimed at engines of two languages: TypeScript on ${listed('typescript')}, Python on ` +
        `${listed('python')}. Choose with --targets typescript or --targets python.`,
    );
  }

  /** What a cell declared, the next cells of engines and of the notebook know with its type. */
  async #types(): Promise<void> {
    const px = (text: string): ReturnType<JupyterClient['execute']> =>
      this.#notebook.execute(`%%px --targets typescript\n${text}`);
    expect((await px('const half: number = 1 / 2;')).error).toBeUndefined();
    const wrong = await px('const text: string = half;');
    expect(wrong.error?.evalue).toContain("Type 'number' is not assignable to type 'string'");
    const pulled = await this.#notebook.execute(
      "const [first] = await px.pull('half', { targets: 'typescript' }); const word: string = first;",
    );
    expect(pulled.error?.evalue).toContain("Type 'number' is not assignable to type 'string'");
  }

  async #later(id: number): Promise<void> {
    await this.#px(id, this.#text(id, 'typed'), '--noblock');
    const { outputs } = await this.#notebook.execute('%pxresult');
    expect(JSON.stringify(outputs)).toMatch(new RegExp(`Out\\[${id}:\\d+\\]: 42`));
  }

  async #abort(id: number, language: Language): Promise<void> {
    const { text, go } = waitingText(this.#plan, language, 'wait');
    await this.#px(id, text, '--noblock -o first');
    await this.#px(id, this.#text(id, 'choose'), '--noblock -o second');
    await this.#eval('await second.cancel({ queuedOnly: true });');
    await go();
    await this.#eval('await first;');
    const { error } = await this.#notebook.execute('await second;');
    expect(error?.ename).toBe('CancelledError');
  }

  async #interrupt(id: number, language: Language): Promise<void> {
    const spinning = this.#px(id, texts[language].spin);
    await spinning.printed('spins');
    await this.#notebook.interrupt();
    const { reply } = await spinning;
    expect(reply).toMatchObject({ status: 'error' });
    await this.#goesOn(id);
  }

  async #broadcast(): Promise<void> {
    for (const language of this.#languages) {
      const code = JSON.stringify(texts[language].typed);
      const targets = JSON.stringify(this.#plan.pool(language));
      const shown = await this.#eval(
        `const all = px.client.broadcast(${targets}).execute(${code}, { silent: false }); await all;
         all.outputs.map(({ result }) => result?.data['text/plain']).join()`,
      );
      expect(shown).toContain(
        this.#plan
          .pool(language)
          .map(() => '42')
          .join(),
      );
    }
  }

  async #loadBalanced(): Promise<void> {
    for (const language of this.#languages) {
      const code = JSON.stringify(texts[language].typed);
      const targets = JSON.stringify(this.#plan.pool(language));
      const shown = await this.#eval(
        `const task = px.client.loadBalanced({ targets: ${targets} }).execute(${code}, { silent: false });
         await task; task.outputs[0]?.result?.data['text/plain']`,
      );
      expect(shown).toContain('42');
    }
  }
}
