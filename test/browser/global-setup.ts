import type { TestProject } from 'vitest/node';
import { findBrowser, startBrowser } from '../support/browser.js';
import { type JupyterLab, startJupyterLab } from '../support/jupyterlab.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** What all browser tests share, or why there is nothing. */
    stage: Stage | { readonly missing: string };
  }
}

export interface Stage {
  readonly lab: Omit<JupyterLab, 'close'>;
  /** Address of the browser. */
  readonly browser: string;
}

/** One JupyterLab and one browser for all files; nothing of them is left in the end. */
export default async function setUp(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  const path = await findBrowser();
  if (path === undefined) {
    skip(project);
    return undefined;
  }
  const server = await startJupyterLab();
  const { url, token, folder, notebooks, env, mark } = server;
  const lab = { url, token, folder, notebooks, env, mark };
  const browser = await startBrowser(path, folder).catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  project.provide('stage', { lab, browser: browser.wsEndpoint() });
  return async () => {
    await browser.close();
    const left = await server.close();
    if (left.length > 0) throw new Error(`Left by the browser tests:\n${left.join('\n')}`);
  };
}

function skip(project: TestProject): void {
  const missing =
    'No Chromium or Chrome found: install one (Debian: apt install chromium), or name it with CHROME_PATH.';
  if (process.env['CI'] === 'true') throw new Error(missing);
  process.stdout.write(`Browser tests are skipped. ${missing}\n`);
  project.provide('stage', { missing });
}
