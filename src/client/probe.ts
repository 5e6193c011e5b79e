import { connect, type NetConnectOpts } from 'node:net';
import { hasCode } from '../base/errors.js';
import { type Route, socketPath } from '../wire/connection-info.js';

/** A host that does not even refuse is not waited for. */
const patienceMs = 1000;

/** True when nothing listens behind `route`: ZeroMQ itself would try again for ever and not say so. */
export function isDeserted(route: Route, port: number): Promise<boolean> {
  const target = targetOf(route, port);
  if (target === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(target);
    const end = (isNobodyThere: boolean): void => {
      socket.destroy();
      resolve(isNobodyThere);
    };
    socket.setTimeout(patienceMs, () => end(false));
    socket.once('connect', () => end(false));
    socket.once('error', (error) => {
      end(['ECONNREFUSED', 'ENOENT', 'ENOTDIR'].some((code) => hasCode(error, code)));
    });
  });
}

function targetOf(route: Route, port: number): NetConnectOpts | undefined {
  if (route.base.startsWith('ipc://')) return { path: socketPath(route.base, port) };
  const host = /^tcp:\/\/(.*)$/.exec(route.base)?.[1];
  return host === undefined ? undefined : { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}
