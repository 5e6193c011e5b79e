import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The two ends of one connection that passes through. */
interface Passage {
  readonly port: number;
  readonly near: Socket;
  readonly far: Socket;
}

/** Stands between the ends of TCP connections on this machine, and does to them what networks do. */
export class TcpProxy implements AsyncDisposable {
  readonly #servers = new Map<number, Server>();
  readonly #passages = new Set<Passage>();
  readonly #held: { readonly to: Socket; readonly chunk: Buffer }[] = [];
  /** Ports of the connections that were cut, and of the attempts to connect again. */
  readonly #broken: number[] = [];
  readonly #refused: number[] = [];
  #state: 'open' | 'cut' | 'stalled' = 'open';

  /** Opens a way to each of `ports`. */
  static async to(ports: readonly number[]): Promise<TcpProxy> {
    const proxy = new TcpProxy();
    for (const port of ports) {
      const server = createServer((near) => proxy.#welcome(near, port));
      proxy.#servers.set(port, server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return proxy;
  }

  /** The port behind which `port` is reached. */
  portOf(port: number): number {
    const address = this.#servers.get(port)?.address() as AddressInfo | null | undefined;
    if (!address) throw new Error(`no way to port ${port}`);
    return address.port;
  }

  /** How much has been sent into it since it was stalled. */
  get heldBytes(): number {
    return this.#held.reduce((bytes, { chunk }) => bytes + chunk.byteLength, 0);
  }

  /** Ends all connections, and each new one as soon as it is made. What was held is lost. */
  cut(): void {
    this.#state = 'cut';
    this.#held.length = 0;
    this.#refused.length = 0;
    this.#broken.splice(0, Infinity, ...[...this.#passages].map(({ port }) => port));
    for (const { near, far } of this.#passages) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** Whether each end whose connection was cut knows it: what is sent before may be lost on its way. */
  get isCutKnown(): boolean {
    const count = (ports: readonly number[], port: number): number =>
      ports.filter((each) => each === port).length;
    return this.#broken.every((port) => count(this.#refused, port) >= count(this.#broken, port));
  }

  /** Lets nothing pass any more, and tells nobody: what is sent meanwhile comes when it is healed. */
  stall(): void {
    this.#state = 'stalled';
  }

  heal(): void {
    this.#state = 'open';
    for (const { to, chunk } of this.#held.splice(0)) to.write(chunk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await Promise.all(
      [...this.#servers.values()].map((server) => new Promise((closed) => server.close(closed))),
    );
  }

  #welcome(near: Socket, port: number): void {
    if (this.#state === 'cut') {
      this.#refused.push(port);
      near.resetAndDestroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    const passage = { port, near, far };
    this.#passages.add(passage);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => undefined); // followed by `close`
      one.on('data', (chunk) => {
        if (this.#state === 'stalled') this.#held.push({ to: other, chunk });
        else other.write(chunk);
      });
      one.on('close', () => {
        this.#passages.delete(passage);
        other.destroy();
      });
    }
  }
}
