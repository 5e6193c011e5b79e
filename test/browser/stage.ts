import { type Browser, chromium } from 'playwright-core';
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

let browser: Promise<Browser> | undefined;

/** The browser that all files share. */
export function sharedBrowser(): Promise<Browser> {
  if ('missing' in stage) throw new Error(stage.missing);
  return (browser ??= chromium.connect(stage.browser));
}

/** A page with a new notebook of these cells. */
export async function openNotebook(
  name: string,
  cells: readonly string[],
  options: PageOptions = {},
): Promise<LabPage> {
  const lab = sharedLab();
  await writeNotebook(lab, name, cells);
  return openPage(await sharedBrowser(), lab, { ...options, notebook: name });
}
