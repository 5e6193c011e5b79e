import { hostname } from 'node:os';

/** A debugger that is open. */
export interface ListeningDebugger {
  /** `this kernel`, `engine 2`. */
  readonly whose: string;
  readonly url: string;
  readonly wasOpen: boolean;
  /** Its machine; undefined for this one. */
  readonly host?: string | undefined;
  /** The magic that closes it. */
  readonly closing: string;
}

/** How to come to a debugger, and who else can. */
export function debuggerText(listening: ListeningDebugger): string {
  const { whose, url, wasOpen, host = hostname(), closing } = listening;
  const { port, host: address, pathname } = new URL(url);
  const isHere = host === hostname();
  const target = `${address}${pathname}`;
  const attach = { type: 'node', request: 'attach', name: `pxlab: ${whose}`, port: Number(port) };
  return [
    `The debugger of ${whose} ${wasOpen ? 'listens already' : 'listens'}${isHere ? '' : ` on ${host}`}: ${url}`,
    ...(isHere ? [] : [`  first        ssh -L ${port}:127.0.0.1:${port} ${host}`]),
    `  Chrome       devtools://devtools/bundled/js_app.html?experiments=true&v8only=true&ws=${target}`,
    `               or chrome://inspect, "Configure…", ${address}`,
    `  VS Code      launch.json: ${JSON.stringify(attach)}`,
    'Cells are TypeScript there, under pxlab://; breakpoints hold when a cell runs again, and `debugger` in a cell stops too.',
    `Who reaches this port on ${isHere ? 'this machine' : host} can run code as you: ${closing} closes it.`,
  ].join('\n');
}
