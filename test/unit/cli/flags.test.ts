import { expect, test } from 'vitest';
import { controllerOptions } from '../../../lib/cli/controller-options.js';
import { Flags } from '../../../lib/cli/flags.js';
import { mpiRank } from '../../../lib/cli/mpi-rank.js';
import { assignPorts, parsePorts } from '../../../lib/cli/ports.js';
import { levelOf } from '../../../lib/cli/stand-in.js';
import { controllerFlags, engineFlags } from '../../../lib/cli/stand-in-flags.js';
import type { SupervisorOptions } from '../../../lib/cluster/supervisor-options.js';

function controllerArgs(...args: readonly string[]): Flags {
  return new Flags(args, controllerFlags);
}

function optionsOf(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): SupervisorOptions {
  return controllerOptions(controllerArgs(...args), { HOME: '/h', ...environment });
}

test('values follow an equals sign or a space, and switches stand alone', () => {
  const flags = controllerArgs('--ip=*', '--ping', '250', '--dictdb', '--reuse', '--log-level=10');

  expect(flags.text('ip')).toBe('*');
  expect(flags.number('ping')).toBe(250);
  expect(flags.isOn('reuse')).toBe(true);
  expect(flags.isOn('restore')).toBeUndefined();
});

test.each([
  ['--HeartMonitor.period=200', 'ping', '200'],
  ['--heartmonitor.period=200', 'ping', '200'],
  ['--IPController.ip=h', 'ip', 'h'],
  ['--HubFactory.engine-ip=h', 'engine_ip', 'h'],
  ['--IPController.reuse_files=False', 'reuse', 'False'],
  ['--BaseParallelApplication.work_dir=/w', 'work-dir', '/w'],
  ['--HeartMonitor.debug=True', 'debug', undefined],
  ['--DictDB.record_limit=7', 'DictDB.record_limit', '7'],
])('%s is read as %s: a trait is known by its class', (arg, name, value) => {
  expect(controllerArgs(arg).text(name)).toBe(value);
});

test('a switch can be turned off, and of several values the last one counts', () => {
  expect(controllerArgs('--IPController.reuse_files=False').isOn('reuse')).toBe(false);
  expect(controllerArgs('--ip=a', '--ip=b').text('ip')).toBe('b');
});

test.each([
  [['--ping=fast'], "Expected --ping to be a number ≥ 0, got 'fast'."],
  [['--ping=0'], "Expected --ping to be greater than 0, got '0'."],
  [['--hwm=1.5'], "Expected --hwm to be a whole number, got '1.5'."],
  [['--hwm=-1'], "Expected --hwm to be a number ≥ 0, got '-1'."],
  [['--scheme=best'], /^Expected --scheme to be one of leastload, .*, got 'best'\.$/],
  [['--transport=udp'], "Expected --transport to be one of tcp, ipc, got 'udp'."],
  [['--broadcast_scheduler_depth=11'], /to be 10 or less, got '11'/],
  [['--ports=9-7'], /got '9-7'/],
  [['--reuse', '--transport=ipc'], /^Give --ip with the path/],
  [
    ['--enable_curve=True', '--curve_publickey=short'],
    /^Expected two CurveZMQ keys of 40 characters each/,
  ],
])('%j is refused in one sentence', (args, message) => {
  expect(() => optionsOf(args)).toThrow(
    expect.objectContaining({
      code: 'BAD_ARGUMENT',
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
    }) as Error,
  );
});

test("ipcontroller's flags win over the environment of a launcher, and unknown ones are passed over", () => {
  const options = optionsOf(
    ['--cluster-id=c', '--ping=250', '--dictdb', '--Nonsense.x=1', '--ip=*'],
    { IPP_CLUSTER_ID: 'e', IPP_PROFILE_DIR: '/p', IPP_ENABLE_CURVE: '1', IPP_SESSION_KEY: 'k' },
  );

  expect(options).toMatchObject({
    clusterId: 'c',
    profileDir: '/p',
    n: 0,
    key: 'k',
    heartbeat: { periodMs: 250 },
    tcp: { ip: '*', curve: true },
    standIn: {
      connectionFiles: { client: '/p/security/ipcontroller-c-client.json' },
      isToReturn: false,
      controller: { broadcastLeaves: 2 },
    },
  });
  expect(options.owner).toBeUndefined();
});

test('what the schedulers, the records and the hearts are told', () => {
  const { heartbeat, standIn } = optionsOf([
    ...['--scheme=twobin', '--TaskScheduler.hwm=0', '--HeartMonitor.max_heartmonitor_misses=3'],
    ...['--IPController.registration_timeout=7', '--IPController.broadcast_scheduler_depth=2'],
    ...['--DictDB.record_limit=5', '--DictDB.size_limit=6', '--ident=abc', '--user=ada'],
    ...['--client_json_file=/c.json', '--engine_json_file=e.json', '--IPP_PROFILE_DIR=/x'],
    ...['--profile-dir=/p', '--ssh=a@b', '--enginessh=c'],
  ]);

  expect(heartbeat?.maxMissed).toBe(3);
  expect(standIn).toEqual({
    connectionFiles: { client: '/c.json', engine: '/p/security/e.json' },
    isToReturn: false,
    controller: {
      broadcastLeaves: 4,
      session: { id: 'abc', username: 'ada' },
      ssh: { clients: 'a@b', engines: 'c' },
      tasks: { scheme: 'twobin', hwm: 0 },
      records: { maxRecords: 5, maxBytes: 6 },
      registrationTimeoutMs: 7000,
    },
  });
});

test('the database is in memory, or none', () => {
  const recordsOf = (...args: readonly string[]): unknown =>
    optionsOf(args).standIn?.controller.records;

  expect(recordsOf('--sqlitedb')).toEqual({});
  expect(recordsOf('--nodb')).toEqual({ maxRecords: 0 });
  expect(recordsOf('--IPController.db_class=ipyparallel.controller.dictdb.NoDB')).toEqual({
    maxRecords: 0,
  });
});

test('keys come from flags, else from the environment, else they are made', () => {
  const pair = { IPP_CURVE_PUBLICKEY: 'p'.repeat(40), IPP_CURVE_SECRETKEY: 's'.repeat(40) };

  expect(optionsOf([]).key).toBeUndefined();
  expect(optionsOf(['--no-secure'], { IPP_SESSION_KEY: 'k' }).key).toBe('');
  expect(optionsOf(['--Session.key=f'], { IPP_SESSION_KEY: 'k' }).key).toBe('f');
  expect(optionsOf([], pair).tcp).toMatchObject({ curve: false });
  expect(optionsOf(['--IPController.enable_curve=True'], pair).tcp).toMatchObject({
    curve: true,
    curveKeys: { publicKey: 'p'.repeat(40), secretKey: 's'.repeat(40) },
  });
});

test('--transport=ipc opens no TCP port; --ip is its path', () => {
  const options = optionsOf(['--transport=ipc', '--ip=/run/s', '--reuse']);

  expect(options.tcp).toBeUndefined();
  expect(options.standIn?.ipcBase).toBe('ipc:///run/s');
});

test('--profile names a profile of IPython', () => {
  const environment = { IPYTHONDIR: '/i', IPP_PROFILE_DIR: '/p' };

  expect(optionsOf(['--profile=iptest'], environment).profileDir).toBe('/i/profile_iptest');
  expect(optionsOf([], { IPYTHONDIR: '/i' }).profileDir).toBe('/i/profile_default');
  expect(optionsOf(['--ipython-dir=/j'], { IPYTHONDIR: '/i' }).profileDir).toBe(
    '/j/profile_default',
  );
});

test('ports are given to the sockets in the order of ipcontroller, from the pools of their side first', () => {
  expect(parsePorts('5000,6000-6001')).toEqual([5000, 6000, 6001]);
  expect(parsePorts('[1, 2]')).toEqual([1, 2]);
  expect(() => parsePorts('7-5')).toThrow("'7-5'");
  expect(() => parsePorts('x')).toThrow("'x'");
  expect(assignPorts({ common: [1, 2, 3] })).toEqual({
    registration: [1],
    engineControl: [2],
    engineMux: [3],
  });
  expect(
    assignPorts({ engine: [1, 2, 3, 4, 5, 6, 7], client: [11], common: [21, 22, 23] }, 2),
  ).toEqual({
    ...{ registration: [1], engineControl: [2], engineMux: [3], engineTask: [4] },
    ...{ engineIopub: [5], heartPing: [6], heartPong: [7], engineBroadcast: [21, 22] },
    ...{ clientControl: [11], clientMux: [23] },
  });
});

test.each([
  [['--log-level=10'], 'debug'],
  [['--log-level=WARN'], 'warn'],
  [['--log-level=45'], 'error'],
  [['--debug'], 'debug'],
  [['--quiet'], 'error'],
  [[], 'info'],
])('%j logs from the level %s on', (args, level) => {
  expect(levelOf(controllerArgs(...args))).toBe(level);
});

test('a level that is none is refused', () => {
  expect(() => levelOf(controllerArgs('--log-level=loud'))).toThrow("got 'loud'");
});

test.each([
  [{}, undefined],
  [{ OMPI_COMM_WORLD_RANK: '3', OMPI_COMM_WORLD_SIZE: '4' }, 3],
  [{ PMI_RANK: '0', PMI_SIZE: '2' }, 0],
  [{ PMI_RANK: '0', PMI_SIZE: '1' }, undefined],
  [{ SLURM_PROCID: '12' }, 12],
])('the rank in %j is %s', (environment, rank) => {
  expect(mpiRank(environment)).toBe(rank);
});

test('a flag that is read is in the table', () => {
  expect(() => new Flags([], engineFlags).text('nonsense')).toThrow('no flag --nonsense');
});
