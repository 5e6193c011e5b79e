import { version } from '../base/version.js';
import type { ClientInfoFile, EngineInfoFile, PxlabInfo } from '../wire/connection-info.js';
import type { ControllerSockets, ListenOptions } from './sockets.js';

export interface InfoOptions extends ListenOptions {
  readonly key: string;
  readonly location: string;
  readonly leasePath?: string | undefined;
  readonly taskScheme: string;
  /** SSH servers through which others are to come. */
  readonly ssh?: SshServers | undefined;
}

export interface SshServers {
  readonly engines: string;
  readonly clients: string;
}

/** What engines need to know, as it stands in `ipcontroller-<cluster id>-engine.json`. */
export function engineInfoOf(sockets: ControllerSockets, options: InfoOptions): EngineInfoFile {
  return {
    ssh: options.ssh?.engines ?? '',
    ...commonInfo(options, options.tcp?.ip),
    registration: sockets.port('registration'),
    control: sockets.port('engineControl'),
    mux: sockets.port('engineMux'),
    task: sockets.port('engineTask'),
    iopub: sockets.port('engineIopub'),
    hb_ping: sockets.port('heartPing'),
    hb_pong: sockets.port('heartPong'),
    broadcast: sockets.ports('engineBroadcast'),
  };
}

/** What clients need to know, as it stands in `ipcontroller-<cluster id>-client.json`. */
export function clientInfoOf(sockets: ControllerSockets, options: InfoOptions): ClientInfoFile {
  return {
    ssh: options.ssh?.clients ?? '',
    ...commonInfo(options, options.tcp?.clientIp ?? options.tcp?.ip),
    registration: sockets.port('registration'),
    control: sockets.port('clientControl'),
    mux: sockets.port('clientMux'),
    task: sockets.port('clientTask'),
    task_scheme: options.taskScheme,
    iopub: sockets.port('clientIopub'),
    notification: sockets.port('notification'),
    broadcast: sockets.port('clientBroadcast'),
  };
}

function commonInfo(options: InfoOptions, ip: string | undefined) {
  const { ipcBase, tcp, key, location, leasePath } = options;
  const pxlab: PxlabInfo = {
    version,
    ...(ipcBase === undefined ? {} : { ipc: ipcBase }),
    ...(leasePath === undefined ? {} : { lease: leasePath }),
  };
  return {
    interface: ip === undefined ? (ipcBase ?? '') : `tcp://${ip}`,
    key,
    curve_serverkey: tcp?.curve?.publicKey ?? null,
    location,
    pack: 'json',
    unpack: 'json',
    signature_scheme: 'hmac-sha256',
    pxlab,
  } as const;
}
