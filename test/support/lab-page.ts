// In one file, though long: what a user does and sees in one page.
import type { BrowserContext, Locator, Page, WebSocketRoute } from 'playwright-core';
import { until } from '../../lib/base/clock.js';
import type { JupyterLab } from './jupyterlab.js';

type Server = Pick<JupyterLab, 'url' | 'token'>;

/** An output as notebooks have it. */
export interface CellOutput {
  readonly output_type: 'stream' | 'display_data' | 'execute_result' | 'error';
  readonly name?: 'stdout' | 'stderr';
  readonly text?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
}

/** The little that tests ask of the page's own objects; they are sent there as text. */
interface PageNotebook {
  activeCellIndex: number;
  deselectAll(): void;
  readonly widgets: readonly {
    readonly model: {
      readonly outputs: { toJSON(): CellOutput[] };
      readonly executionCount: number | null;
    };
    readonly promptNode?: { readonly textContent: string };
  }[];
}
interface PageKernel {
  restart(): Promise<void>;
  readonly connectionStatus: string;
  readonly status: string;
}
interface PageApplication {
  readonly shell: {
    readonly currentWidget: {
      readonly content: PageNotebook;
      readonly context: { readonly isReady: boolean };
      /** Absent for other things than notebooks. */
      readonly sessionContext?: {
        readonly session: { readonly kernel: PageKernel | null } | null;
        shutdown(): Promise<void>;
        changeKernel(options: { readonly name: string }): Promise<unknown>;
      };
    } | null;
  };
  readonly commands: { execute(id: string, args?: object): Promise<unknown> };
}
declare const jupyterapp: PageApplication;
declare const document: {
  querySelector(selector: string): { readonly textContent: string } | null;
};

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  /** So that {@link LabPage.disconnect} works. */
  readonly canDisconnect?: boolean;
}

/**
 * Opens a notebook, in a workspace of its own, and waits until its kernel listens. Pages of one `context`
 * load JupyterLab once.
 */
export async function openPage(
  context: BrowserContext,
  lab: Server,
  options: PageOptions & { readonly notebook: string },
): Promise<LabPage> {
  const { notebook, width = 1280, height = 800 } = options;
  const page = await context.newPage();
  await page.setViewportSize({ width, height });
  const sockets: WebSocketRoute[] = [];
  if (options.canDisconnect === true) {
    await page.routeWebSocket(/\/channels/, (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
  }
  const workspace = `w${Math.random().toString(36).slice(2)}`;
  const address = `${lab.url}lab/workspaces/${workspace}/tree/${notebook}?token=${lab.token}`;
  const self = new LabPage({ page, address, sockets });
  await page.goto(address);
  await self.kernelReady();
  return self;
}

interface PageParts {
  readonly page: Page;
  readonly address: string;
  /** Its connections to kernels. */
  readonly sockets: readonly WebSocketRoute[];
}

/** A page of JupyterLab with a notebook. Closing it ends the notebook's kernel. */
export class LabPage implements AsyncDisposable {
  readonly page: Page;
  readonly #address: string;
  readonly #sockets: readonly WebSocketRoute[];

  constructor(parts: PageParts) {
    this.page = parts.page;
    this.#address = parts.address;
    this.#sockets = parts.sockets;
  }

  /** As the browser's own button does it. The kernel may be busy with what it runs. */
  async reload(): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.goto(this.#address);
    await this.kernelReady({ isBusyFine: true });
  }

  /**
   * JupyterLab drops a cell that is run before its kernel listens, so every test waits for this first.
   */
  async kernelReady({ isBusyFine = false } = {}): Promise<void> {
    await this.page.waitForFunction(
      (busyToo) => {
        const { jupyterapp: app } = globalThis as { jupyterapp?: PageApplication };
        const kernel = app?.shell.currentWidget?.sessionContext?.session?.kernel;
        if (kernel?.connectionStatus !== 'connected') return false;
        return kernel.status === 'idle' || (busyToo && kernel.status === 'busy');
      },
      isBusyFine,
      { timeout: 45_000 },
    );
  }

  /** Runs a cell to its end. @returns the outputs of that very cell */
  async runCell(index: number): Promise<CellOutput[]> {
    await this.startCell(index).done;
    return this.outputs(index);
  }

  /** Runs a cell; `done` resolves when it has ended. */
  startCell(index: number): { readonly done: Promise<void> } {
    const done = this.page.evaluate(async (cell) => {
      const notebook = jupyterapp.shell.currentWidget?.content;
      if (notebook === undefined) throw new Error('no notebook');
      notebook.activeCellIndex = cell;
      notebook.deselectAll();
      await jupyterapp.commands.execute('notebook:run-cell');
    }, index);
    done.catch(() => undefined); // the page may be closed meanwhile, and whoever awaits still hears of it
    return { done };
  }

  outputs(index: number): Promise<CellOutput[]> {
    return this.page.evaluate(
      (cell) => jupyterapp.shell.currentWidget?.content.widgets[cell]?.model.outputs.toJSON() ?? [],
      index,
    );
  }

  /** Text of all outputs of a cell, as one reads it. */
  async text(index: number): Promise<string> {
    return textOf(await this.outputs(index));
  }

  /** Waits until the cell's own outputs contain `text`. */
  async cellSays(index: number, text: string): Promise<void> {
    const isSaid = await until(async () => (await this.text(index)).includes(text), {
      timeoutMs: 30_000,
    });
    if (!isSaid) {
      throw new Error(`Cell ${index} does not say '${text}', but: ${await this.text(index)}`);
    }
  }

  /** What the server keeps of the page's layout, as JSON. */
  async workspace(): Promise<string> {
    const address = this.#address.replace(
      /\/lab\/workspaces\/(\w+)\/tree\/[^?]*/,
      '/lab/api/workspaces/$1',
    );
    return JSON.stringify(await (await fetch(address)).json());
  }

  command(id: string, args: object = {}): Promise<void> {
    return this.page.evaluate(
      async ([name, given]) => {
        await jupyterapp.commands.execute(name, given);
      },
      [id, args] as const,
    );
  }

  /** Process id of an engine, as the panel tells it. */
  async enginePid(engineId: number): Promise<number> {
    const place = await this.engine(engineId).locator('.pxlab-place').textContent();
    const [, pid] = /pid (\d+)/.exec(place ?? '') ?? [];
    if (pid === undefined) throw new Error(`The panel tells no pid of engine ${engineId}.`);
    return Number(pid);
  }

  get panel(): Locator {
    return this.page.getByRole('region', { name: 'Engines of the notebook' });
  }

  /** Opens the panel and waits until it knows the kernel's state. */
  async openPanel(): Promise<Locator> {
    await this.command('pxlab:show-panel');
    await this.live();
    return this.panel;
  }

  /** Waits until the panel says `text` of its link to the kernel: looks at each frame, since it may be brief. */
  async linkSays(text: string): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => document.querySelector('.pxlab-link')?.textContent.includes(wanted) === true,
      text,
      { timeout: 30_000, polling: 'raf' },
    );
  }

  /** Waits until the panel hears the kernel. */
  live(): Promise<void> {
    return this.panel.locator('[data-link="live"]').waitFor();
  }

  /** Waits until the panel says so at its top, in a notice that stays. */
  notice(text: string): Promise<void> {
    return this.panel.getByRole('list', { name: 'What happened' }).getByText(text).waitFor();
  }

  /** The part of the panel's table that is about one engine. */
  engine(id: number): Locator {
    return this.panel.locator(`[data-engine="${id}"]`);
  }

  /** Waits until the panel lists this many living engines. */
  async engineCount(count: number): Promise<void> {
    const engines = this.panel.locator('tbody[data-engine]');
    const isSo = await until(async () => (await engines.count()) === count, { timeoutMs: 30_000 });
    if (!isSo) throw new Error(`The panel shows ${await engines.count()} engines, not ${count}.`);
  }

  /** Ends the page's connections to kernels with a code of WebSockets; it may connect anew. */
  async disconnect(code: number): Promise<void> {
    for (const socket of this.#sockets) await socket.close({ code });
  }

  /** As the menu does it, once that was agreed. */
  restartKernel(): Promise<void> {
    return this.page.evaluate(() =>
      jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.restart(),
    );
  }

  /** Gives the notebook a kernel of another kind. */
  async changeKernel(name: string): Promise<void> {
    await this.page.evaluate(
      (chosen) => jupyterapp.shell.currentWidget?.sessionContext?.changeKernel({ name: chosen }),
      name,
    );
  }

  /** Another page on the same notebook and kernel. */
  async secondTab(): Promise<LabPage> {
    const page = await this.page.context().newPage();
    const second = new LabPage({ page, address: this.#address, sockets: [] });
    await page.goto(this.#address);
    await second.kernelReady({ isBusyFine: true });
    return second;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page
      .evaluate(() => jupyterapp.shell.currentWidget?.sessionContext?.shutdown())
      .catch(() => undefined); // there is none any more
    await this.page.close();
  }
}

function textOf(outputs: readonly CellOutput[]): string {
  return outputs
    .map(({ text, data, ename, evalue }) =>
      ename === undefined ? (text ?? data?.['text/plain'] ?? '') : `${ename}: ${evalue ?? ''}`,
    )
    .join('\n');
}
