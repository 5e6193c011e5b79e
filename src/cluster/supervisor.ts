import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { systemClock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import { messageOf, ParallelError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { Scope } from '../base/scope.js';
import { Controller, type EngineChange, type EngineEntry } from '../controller/controller.js';
import { ownIdentity } from '../process/process-identity.js';
import { newCurveKeys } from '../transport/socket.js';
import type { EngineStatus } from '../wire/cluster-requests.js';
import type { JsonObject } from '../wire/message.js';
import { answerRequest } from './answer-request.js';
import { newRecord } from './cluster-record.js';
import { engineEnvironment } from './engine-environment.js';
import { EngineProcesses } from './engine-processes.js';
import { EngineStateFile } from './engine-state-file.js';
import { LeaseServer } from './lease-server.js';
import { LocalLauncher } from './local-launcher.js';
import { engineReadyMessage } from './log-files.js';
import { engineLog, supervisorLog } from './logs.js';
import { Obituaries } from './obituaries.js';
import { PublishedFiles } from './published-files.js';
import { RuntimeFolder } from './runtime-folder.js';
import type { SupervisorOptions, SupervisorReport } from './supervisor-options.js';
import { sweep } from './sweep.js';

/** Time for engines to leave when they are asked to, before SIGTERM says it again. */
const politeMs = 1000;
/** From SIGTERM to SIGKILL. */
const engineGraceMs = 1500;

/** The grace is for a kernel to be restarted; tests have less patience than people. */
const leaseLimits = {
  firstMs: 30_000,
  graceMs: Number(process.env['PXLAB_LEASE_GRACE_MS'] ?? 60_000),
} as const;

export interface SupervisorSetup {
  readonly options: SupervisorOptions;
  readonly log: Logger;
  readonly report: (report: SupervisorReport) => void;
}

/** One cluster: controller, engines, the owner's lease, files. All of it begins and ends here. */
export class Supervisor {
  /** Resolves when the cluster was stopped and everything of it is gone. */
  readonly ended: Promise<void>;
  readonly #setup: SupervisorSetup;
  readonly #scope = new Scope();
  readonly #ended = deferred();
  readonly #obituaries = new Obituaries();
  /** Engines that were asked to end. */
  readonly #dismissed = new Set<string>();
  /** Of the engines that were started here, by uuid. */
  readonly #logFiles = new Map<string, string>();
  #lease: LeaseServer | undefined;
  #parts: Parts | undefined;
  #opening: Promise<Parts> | undefined;
  #stopping: Promise<void> | undefined;
  #isReady = false;
  #isLeaving = false;

  constructor(setup: SupervisorSetup) {
    this.#setup = setup;
    this.ended = this.#ended.promise;
  }

  /**
   * Starts the cluster; resolves when all engines are registered.
   *
   * @throws {@link ParallelError} `ALREADY_STARTED`, `START_FAILED`, `ADDRESS_IN_USE` or
   *   `CONNECTION_FILE`; nothing is left then.
   */
  async start(): Promise<void> {
    const { options, report, log } = this.#setup;
    try {
      this.#opening = this.#open();
      const { controller, engines, files } = await this.#opening;
      await Promise.all([
        engines.start(options.n),
        files.announce(controller),
        sweep(options.profileDir),
      ]);
      this.#refuseIfStopping();
      log.info('cluster ready', { clusterId: options.clusterId, engines: options.n });
      report({ type: 'ready' });
      this.#isReady = true;
    } catch (error) {
      await this.stop('it could not start');
      throw error;
    }
  }

  /** Whoever started this process has gone: before the cluster is ready, nobody else knows of it. */
  starterGone(): void {
    if (!this.#isReady) void this.stop('its starter ended'); // settles `ended`, never rejects
  }

  /**
   * Closes for another run that takes this one's place, if that is to be: engines stay, clients hear of no
   * end, connection files are left. Else it stops.
   */
  leave(reason: string): Promise<void> {
    this.#isLeaving = this.#stopping === undefined && this.#isToReturn;
    return this.stop(reason);
  }

  /** Ends the engines, removes the files, closes. A second call waits for the first. */
  stop(reason: string): Promise<void> {
    return (this.#stopping ??= this.#stop(reason));
  }

  async #open(): Promise<Parts> {
    const { options, log, report } = this.#setup;
    const identity = await ownIdentity();
    const folder = this.#scope.use(await RuntimeFolder.create(identity));
    const record = newRecord(options, identity, folder);
    const files = new PublishedFiles(record, {
      logFile: supervisorLog(options),
      isDescribed: options.standIn === undefined,
      isReusing: this.#isToReturn,
      log,
    });
    await files.claim();
    this.#scope.onClose(() => files.remove());
    this.#refuseIfStopping();
    const lease = await this.#listen(folder.leasePath);
    report({ type: 'listening', leasePath: folder.leasePath });
    const controller = await this.#startController(folder);
    this.#refuseIfStopping();
    const engines = this.#openEngines(controller, files);
    controller.onEngineChange((change) => this.#onEngineChange(change));
    if (options.standIn !== undefined) this.#keepState(controller);
    this.#parts = { controller, engines, files, lease };
    return this.#parts;
  }

  /** As ipcontroller does, so that another run can restore the engines. */
  #keepState(controller: Controller): void {
    const file = this.#scope.use(new EngineStateFile(this.#setup.options, this.#setup.log));
    controller.onEngineChange(() => void file.save(controller.roster)); // it never rejects
  }

  /** Called between the steps of a start: what they have opened is closed by then. */
  #refuseIfStopping(): void {
    if (this.#stopping === undefined) return;
    throw new ParallelError('ABORTED', 'The cluster was stopped before it was ready.');
  }

  async #listen(path: string): Promise<LeaseServer> {
    const { owner } = this.#setup.options;
    const lease = await LeaseServer.listen(path, {
      owner,
      limits: leaseLimits,
      listeners: {
        engineGone: (uuid) => this.#parts?.engines.leaseEnded(uuid),
        ended: (reason) => void this.stop(reason), // settles `ended`, never rejects
      },
    });
    this.#lease = lease;
    return lease;
  }

  async #startController(folder: RuntimeFolder): Promise<Controller> {
    const { options, log } = this.#setup;
    const { tcp, standIn } = options;
    const controller = await Controller.start({
      ...standIn?.controller,
      ipcBase: standIn?.ipcBase ?? (this.#isToReturn ? undefined : folder.ipcBase),
      tcp: tcp && { ...tcp, curve: tcp.curve ? (tcp.curveKeys ?? newCurveKeys()) : undefined },
      key: options.key ?? randomBytes(32).toString('hex'),
      location: options.location,
      heartbeat: options.heartbeat,
      leasePath: this.#isToReturn ? undefined : folder.leasePath,
      log,
      deaths: () => this.#obituaries.list,
      onClusterRequest: (content) => this.#answer(content),
      onShutdown: () => void this.stop('a client asked for it'), // settles `ended`, never rejects
    });
    return this.#scope.use(controller);
  }

  /** Its connection files stay, for another controller that engines and clients will find by them. */
  get #isToReturn(): boolean {
    return this.#setup.options.standIn?.isToReturn === true;
  }

  #openEngines(controller: Controller, files: PublishedFiles): EngineProcesses {
    const { options, log } = this.#setup;
    const env = engineEnvironment(options, controller.engineInfo, process.env);
    const engines = new EngineProcesses({
      launcher: new LocalLauncher({
        logFile: (key) => engineLog(options, key),
        cwd: options.cwd,
        env,
      }),
      log,
      clock: systemClock,
      onReady: (uuid, { logFile }) => {
        const engineId = [...controller.engines.values()].find((one) => one.uuid === uuid)?.id;
        this.#logFiles.set(uuid, logFile);
        log.info(engineReadyMessage, { engineId, logFile });
      },
      onDeath: (uuid, death) => {
        controller.engineLost(uuid, death);
        this.#obituaries.amend(uuid, death);
        controller.feed.touch();
      },
      onChange: () => void files.setEngines(engines.running), // logs what goes wrong
    });
    return engines;
  }

  #onEngineChange(change: EngineChange): void {
    const { engine } = change;
    const { description } = engine;
    if (change.type === 'lost') {
      if (this.#stopping === undefined && !this.#dismissed.delete(engine.uuid)) {
        const running = this.#parts?.controller.feed.runningOn(engine.uuid);
        this.#obituaries.add(
          { ...this.#statusOf(engine), ...(running && { running }) },
          change.death,
        );
      }
      this.#logFiles.delete(engine.uuid);
    } else if (description?.host === hostname()) {
      this.#parts?.engines.registered(engine.uuid, description.pid);
    }
  }

  #answer(content: JsonObject): Promise<object> {
    const parts = this.#parts;
    if (parts === undefined) throw new ParallelError('START_FAILED', 'The cluster still starts.');
    return answerRequest(content, {
      ...parts,
      deaths: () => this.#obituaries.list,
      statusOf: (engine) => this.#statusOf(engine),
      dismiss: (uuid) => this.#dismissed.add(uuid),
      stop: () => void this.stop('a client asked for it'), // settles `ended`, never rejects
    });
  }

  #statusOf({ id, uuid, description }: EngineEntry): EngineStatus {
    const logFile = this.#logFiles.get(uuid);
    return {
      id,
      uuid,
      ...(description && { pid: description.pid, host: description.host }),
      ...(logFile === undefined ? {} : { logFile }),
    };
  }

  async #stop(reason: string): Promise<void> {
    const { log, options } = this.#setup;
    log.info('cluster stopping', { clusterId: options.clusterId, reason });
    await this.#opening?.catch(() => undefined); // it says itself what is wrong
    try {
      if (this.#isLeaving) await this.#parts?.controller.makeRoom();
      else await this.#endEngines();
      await this.#scope.close();
      await this.#lease?.close(); // the last thing: its end tells that all is gone
    } catch (error) {
      log.error('cluster not stopped in order', { error: messageOf(error) });
    }
    this.#ended.resolve();
  }

  async #endEngines(): Promise<void> {
    if (this.#parts === undefined) return;
    const { controller, engines, files, lease } = this.#parts;
    const running = engines.running;
    controller.shutdownEngines();
    const exits = Promise.all(running.map(({ exited }) => exited));
    if (controller.engines.size > 0) {
      const polite = new AbortController();
      await Promise.race([exits, systemClock.sleep(politeMs, polite.signal)]);
      polite.abort();
    }
    lease.letEnginesGo();
    await engines.stopAll({ graceMs: engineGraceMs });
    if (files.record.owner === undefined) return;
    // Nobody looks for the logs of what a notebook started and ended itself.
    const logs = [supervisorLog(this.#setup.options), ...running.map(({ logFile }) => logFile)];
    await Promise.all(logs.map((path) => rm(path, { force: true })));
  }
}

interface Parts {
  readonly controller: Controller;
  readonly engines: EngineProcesses;
  readonly files: PublishedFiles;
  readonly lease: LeaseServer;
}
