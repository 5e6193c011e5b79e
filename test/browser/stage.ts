import { type BrowserContext, chromium } from 'playwright-core';
import { inject } from 'vitest';
import { type LabPage, openPage, type PageOptions } from '../support/lab-page.js';
import { type JupyterLab, writeNotebook } from '../support/jupyterlab.js';

const stage = inject('stage');

/** Without a browser these tests are skipped; the set-up has said so. */
export const isMissing: boolean = 'missing' in stage;

/** The server that all files share. */
export function sharedLab(): Omit<JupyterLab, 'close'> {
  if ('missing' in stage) throw new Error(stage.missing);
  return stage.lab;
}

let context: Promise<BrowserContext> | undefined;

/** The browser that all files share, with a profile for each file. */
export function sharedContext(): Promise<BrowserContext> {
  if ('missing' in stage) throw new Error(stage.missing);
  const { browser } = stage;
  return (context ??= chromium.connect(browser).then((connected) => connected.newContext()));
}

/** A page with a new notebook of these cells. */
export async function openNotebook(
  name: string,
  cells: readonly string[],
  options: PageOptions = {},
): Promise<LabPage> {
  const lab = sharedLab();
  await writeNotebook(lab, name, cells);
  return openPage(await sharedContext(), lab, { ...options, notebook: name });
}
