import { ParallelError } from '../base/errors.js';

/** Where a Jupyter server wants its kernel to listen, from the connection file that it wrote. */
export interface JupyterConnection {
  readonly transport: 'tcp' | 'ipc';
  /** IP address, or the path that ipc sockets begin with. */
  readonly ip: string;
  readonly ports: JupyterPorts;
  /** HMAC key as text; empty means unsigned. */
  readonly key: string;
  readonly kernelName: string;
}

interface JupyterPorts {
  readonly shell: number;
  readonly control: number;
  readonly iopub: number;
  readonly stdin: number;
  readonly heartbeat: number;
}

const maxPort = 65_535;

/**
 * Reads a Jupyter connection file.
 *
 * Source: https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
 *
 * @throws {@link ParallelError} `CONNECTION_FILE`, naming `path` and the field at fault.
 */
export function parseJupyterConnection(text: string, path: string): JupyterConnection {
  const fields = parseObject(text, path);
  const port = (name: string): number => {
    const value = fields[name];
    if (typeof value !== 'number') throw damaged(path, `\`${name}\` is missing or no number`);
    if (!Number.isInteger(value) || value < 1 || value > maxPort)
      throw damaged(path, `\`${name}\` is ${value}, and a port is a number from 1 to ${maxPort}`);
    return value;
  };
  return {
    transport: transportOf(fields, path),
    ip: requiredText(fields, 'ip', path),
    ports: {
      shell: port('shell_port'),
      control: port('control_port'),
      iopub: port('iopub_port'),
      stdin: port('stdin_port'),
      heartbeat: port('hb_port'),
    },
    key: keyOf(fields, path),
    kernelName: optionalText(fields, 'kernel_name', 'pxlab'),
  };
}

/** `tcp://ip:port`, or `ipc://path-port`. */
export function jupyterAddress(connection: JupyterConnection, port: number): string {
  const { transport, ip } = connection;
  return transport === 'ipc' ? `ipc://${ip}-${port}` : `tcp://${ip}:${port}`;
}

/** The fields of a connection file for `connection`, as a Jupyter server writes them. */
export function jupyterConnectionFile(connection: JupyterConnection): string {
  const { transport, ip, ports, key, kernelName } = connection;
  return JSON.stringify({
    transport,
    ip,
    shell_port: ports.shell,
    control_port: ports.control,
    iopub_port: ports.iopub,
    stdin_port: ports.stdin,
    hb_port: ports.heartbeat,
    key,
    signature_scheme: 'hmac-sha256',
    kernel_name: kernelName,
  });
}

function transportOf(fields: Fields, path: string): 'tcp' | 'ipc' {
  const transport = optionalText(fields, 'transport', 'tcp');
  if (transport === 'tcp' || transport === 'ipc') return transport;
  throw damaged(path, `\`transport\` is '${transport}', and pxlab knows 'tcp' and 'ipc'`);
}

function keyOf(fields: Fields, path: string): string {
  const key = optionalText(fields, 'key', '');
  const scheme = optionalText(fields, 'signature_scheme', 'hmac-sha256');
  if (key !== '' && scheme !== 'hmac-sha256') {
    throw damaged(path, `\`signature_scheme\` is '${scheme}', and pxlab signs with 'hmac-sha256'`);
  }
  return key;
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string, path: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(path, 'it is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw damaged(path, 'it is no JSON object');
  return { ...value };
}

function requiredText(fields: Fields, name: string, path: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw damaged(path, `\`${name}\` is missing or no text`);
  return value;
}

function optionalText(fields: Fields, name: string, fallback: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : fallback;
}

function damaged(path: string, what: string, cause?: unknown): ParallelError {
  return new ParallelError(
    'CONNECTION_FILE',
    `The connection file ${path} is damaged: ${what}. ` +
      'Jupyter writes these files: start the kernel from Jupyter anew.',
    { cause },
  );
}
