import { connect, type NetConnectOpts } from 'node:net';
import { hasCode } from '../base/errors.js';
import { type Route, socketPath } from '../wire/connection-info.js';

/** A host that does not even refuse is not waited for. */
const patienceMs = 1000;

/** What a host says to one who knocks at a port; `silent` when it does not even refuse. */
export type KnockAnswer = 'open' | 'refused' | 'silent';

/** True when nothing listens behind `route`: ZeroMQ itself would try again for ever and not say so. */
export async function isDeserted(route: Route, port: number): Promise<boolean> {
  return (await knock(route, port)) === 'refused';
}

/** Connects to a socket and says nothing. */
export function knock(route: Route, port: number): Promise<KnockAnswer> {
  const target = targetOf(route, port);
  if (target === undefined) return Promise.resolve('silent');
  return new Promise((resolve) => {
    const socket = connect(target);
    const end = (answer: KnockAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patienceMs, () => end('silent'));
    socket.once('connect', () => end('open'));
    socket.once('error', (error) => {
      const isRefused = ['ECONNREFUSED', 'ENOENT', 'ENOTDIR'].some((code) => hasCode(error, code));
      end(isRefused ? 'refused' : 'silent');
    });
  });
}

function targetOf(route: Route, port: number): NetConnectOpts | undefined {
  if (route.base.startsWith('ipc://')) return { path: socketPath(route.base, port) };
  const host = /^tcp:\/\/(.*)$/.exec(route.base)?.[1];
  return host === undefined ? undefined : { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}
