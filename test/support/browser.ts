import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type BrowserServer, chromium } from 'playwright-core';
import { Child } from '../../lib/process/child.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** It speaks to nobody but the page's server. */
const quiet = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

/**
 * Path of Chromium or Chrome: `$CHROME_PATH`, or one with a usual name, or Debian's, which is installed
 * when that can be done. Undefined when there is none.
 */
export async function findBrowser(): Promise<string | undefined> {
  const { CHROME_PATH: named } = process.env;
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`CHROME_PATH names ${named}, which does not exist.`);
  }
  return lookAround() ?? (await installFromDebian());
}

/**
 * A browser that several test files can use, each by its address.
 *
 * @param folder - Where it makes a folder for all that it writes.
 */
export async function startBrowser(executablePath: string, folder: string): Promise<BrowserServer> {
  const home = join(folder, 'browser');
  await mkdir(home);
  const { PATH = '', LANG = 'C.UTF-8' } = process.env;
  return chromium.launchServer({
    ...{ executablePath, args: quiet, headless: true, host: '127.0.0.1' },
    ...{ env: { PATH, LANG, HOME: home, TMPDIR: home, XDG_RUNTIME_DIR: home } },
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
  });
}

function lookAround(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...candidates, ...applications].find((path) => existsSync(path));
}

async function installFromDebian(): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  process.stdout.write('Installing Chromium for the browser tests …\n');
  for (const args of [
    ['update'],
    ['install', '--yes', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
  ]) {
    const child = await Child.spawn({
      command: '/usr/bin/apt-get',
      args,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      output: 'capture',
    });
    await child.exited;
  }
  return lookAround();
}
