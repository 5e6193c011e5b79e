import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../src/base/clock.js';
import { jsonLogger } from '../../../src/base/logger.js';
import { Scope } from '../../../src/base/scope.js';
import { Controller, type ControllerOptions } from '../../../src/controller/controller.js';
import { newCurveKeys } from '../../../src/transport/socket.js';
import type { Route } from '../../../src/wire/connection-info.js';
import { ScriptedClient } from '../../support/scripted-client.js';
import { type EngineScript, ScriptedEngine } from '../../support/scripted-engine.js';

export type Transport = 'ipc' | 'tcp with CURVE';

/** A real controller with scripted engines and clients around it. */
export class ControllerLab implements AsyncDisposable {
  readonly controller: Controller;
  readonly route: Route;
  readonly #scope: Scope;
  readonly #log: string[];

  static async start(
    transport: Transport = 'ipc',
    options: Partial<ControllerOptions> = {},
  ): Promise<ControllerLab> {
    const scope = new Scope();
    const folder = mkdtempSync(join(tmpdir(), 'px-'));
    scope.onClose(() => rmSync(folder, { recursive: true }));
    const log: string[] = [];
    const tcp = { ip: '127.0.0.1', curve: newCurveKeys() };
    const controller = await Controller.start({
      ipcBase: `ipc://${folder}/s`,
      tcp: transport === 'ipc' ? undefined : tcp,
      key: 'secret',
      heartbeat: { periodMs: 100, maxMissed: 10 },
      log: jsonLogger((line) => log.push(line), { level: 'debug' }),
      ...options,
    });
    return new ControllerLab(scope.use(controller), { scope, log });
  }

  private constructor(controller: Controller, parts: { scope: Scope; log: string[] }) {
    this.controller = controller;
    this.#scope = parts.scope;
    this.#log = parts.log;
    const { interface: base, key, curve_serverkey: serverKey } = controller.engineInfo;
    this.route = { base, key, curveServerKey: serverKey ?? undefined };
  }

  /** Log entries with this message. */
  logged(message: string): string[] {
    return this.#log.filter((line) => line.includes(message));
  }

  /** An engine that has asked for registration. */
  engine(script: EngineScript = {}, route: Route = this.route): ScriptedEngine {
    const engine = new ScriptedEngine(this.controller.engineInfo, route, script);
    this.#scope.onClose(() => engine[Symbol.asyncDispose]());
    return engine;
  }

  /** Engines that are registered, ids in the order of the list. */
  async engines(scripts: readonly EngineScript[]): Promise<ScriptedEngine[]> {
    const engines: ScriptedEngine[] = [];
    for (const script of scripts) {
      const engine = this.engine(script);
      await engine.reply;
      engines.push(engine);
    }
    await this.registered(engines.length);
    return engines;
  }

  async registered(count: number): Promise<void> {
    await this.eventually(() => this.controller.engines.size === count);
  }

  /** A client that misses nothing on iopub. */
  async client(): Promise<ScriptedClient> {
    const client = new ScriptedClient(this.controller.clientInfo, this.route);
    this.#scope.onClose(() => client[Symbol.asyncDispose]());
    await client.welcomed();
    return client;
  }

  async eventually(check: () => boolean, timeoutMs = 10_000): Promise<void> {
    if (await until(check, { timeoutMs, periodMs: 5 })) return;
    throw new Error(`Not within ${timeoutMs} ms: ${check.toString()}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope.close();
  }
}
