import { version } from '../base/version.js';
import type { ClientInfoFile, EngineInfoFile, PxlabInfo } from '../wire/connection-info.js';
import type { ControllerSockets, ListenOptions } from './sockets.js';

export interface InfoOptions extends ListenOptions {
  readonly key: string;
  readonly location: string;
  readonly leasePath?: string | undefined;
  readonly taskScheme: string;
}

/** What engines need to know, as it stands in `ipcontroller-<cluster id>-engine.json`. */
export function engineInfoOf(sockets: ControllerSockets, options: InfoOptions): EngineInfoFile {
  return {
    ...commonInfo(options),
    registration: sockets.port('registration'),
    control: sockets.port('engineControl'),
    mux: sockets.port('engineMux'),
    task: sockets.port('engineTask'),
    iopub: sockets.port('engineIopub'),
    hb_ping: sockets.port('heartPing'),
    hb_pong: sockets.port('heartPong'),
    broadcast: [sockets.port('engineBroadcast')],
  };
}

/** What clients need to know, as it stands in `ipcontroller-<cluster id>-client.json`. */
export function clientInfoOf(sockets: ControllerSockets, options: InfoOptions): ClientInfoFile {
  return {
    ...commonInfo(options),
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

function commonInfo({ ipcBase, tcp, key, location, leasePath }: InfoOptions) {
  const pxlab: PxlabInfo = {
    version,
    ...(ipcBase === undefined ? {} : { ipc: ipcBase }),
    ...(leasePath === undefined ? {} : { lease: leasePath }),
  };
  return {
    ssh: '',
    interface: tcp === undefined ? (ipcBase ?? '') : `tcp://${tcp.ip}`,
    key,
    curve_serverkey: tcp?.curve?.publicKey ?? null,
    location,
    pack: 'json',
    unpack: 'json',
    signature_scheme: 'hmac-sha256',
    pxlab,
  } as const;
}
