/** A flag of ipcontroller or ipengine that its stand-in obeys. */
export interface StandInFlag {
  /** Without dashes: the name by which it is read, then other names and the trait. */
  readonly names: readonly [string, ...string[]];
  /** What follows it; absent for a switch. */
  readonly value?: string;
  readonly meaning: string;
}

const place: readonly StandInFlag[] = [
  {
    names: ['cluster-id'],
    value: '<id>',
    meaning: 'name of the cluster in its profile (default: `$IPP_CLUSTER_ID`)',
  },
  {
    names: ['profile-dir', 'ProfileDir.location'],
    value: '<dir>',
    meaning: 'folder of the profile (default: `$IPP_PROFILE_DIR`)',
  },
  { names: ['profile'], value: '<name>', meaning: 'IPython profile (default: default)' },
  {
    names: ['ipython-dir'],
    value: '<dir>',
    meaning: 'folder of the profiles (default: `$IPYTHONDIR`, else ~/.ipython)',
  },
];

const process: readonly StandInFlag[] = [
  { names: ['work-dir'], value: '<dir>', meaning: 'folder to work in' },
  {
    names: ['log-level'],
    value: '<level>',
    meaning: 'debug, info, warn, error or critical, or the number of it in Python (default: info)',
  },
  { names: ['debug'], meaning: 'log everything' },
  { names: ['quiet'], meaning: 'log errors alone' },
  { names: ['log-to-file'], meaning: "log to a file in the profile's folder `log`" },
  { names: ['clean-logs'], meaning: 'remove such files of earlier runs first' },
  {
    names: ['ident', 'Session.session'],
    value: '<text>',
    meaning: 'id of the session, which is the uuid of an engine (default: a random one)',
  },
];

const listening: readonly StandInFlag[] = [
  {
    names: ['ip'],
    value: '<address>',
    meaning: 'address to listen at, * for all; a path with `--transport=ipc` (default: 127.0.0.1)',
  },
  { names: ['engine_ip'], value: '<address>', meaning: 'the same, for engines alone' },
  { names: ['client_ip'], value: '<address>', meaning: 'the same, for clients alone' },
  {
    names: ['transport', 'engine_transport', 'client_transport'],
    value: '<name>',
    meaning: 'tcp, or ipc for processes of this machine (default: tcp)',
  },
  {
    names: ['ports'],
    value: '<list>',
    meaning: 'TCP ports to take, as 10101-10120 or 5000,5001 (default: free ones)',
  },
  {
    names: ['engine_ports'],
    value: '<list>',
    meaning: 'ports for engines, taken before the others',
  },
  {
    names: ['client_ports'],
    value: '<list>',
    meaning: 'ports for clients, taken before the others',
  },
  { names: ['port', 'regport'], value: '<port>', meaning: 'the first port for engines' },
  {
    names: ['location'],
    value: '<host>',
    meaning: "name by which other machines reach this one (default: the host's)",
  },
  {
    names: ['ssh', 'ssh_server'],
    value: '<server>',
    meaning: "SSH server that clients are to come through, for Python's",
  },
  {
    names: ['enginessh', 'engine_ssh_server'],
    value: '<server>',
    meaning: "SSH server that engines are to come through, for Python's",
  },
];

const secrets: readonly StandInFlag[] = [
  {
    names: ['enable_curve'],
    value: '<bool>',
    meaning: 'CurveZMQ on TCP (default: `$IPP_ENABLE_CURVE` is 1)',
  },
  {
    names: ['curve_publickey'],
    value: '<Z85>',
    meaning: 'its public key (default: `$IPP_CURVE_PUBLICKEY`, else a new pair)',
  },
  {
    names: ['curve_secretkey'],
    value: '<Z85>',
    meaning: 'its secret key (default: `$IPP_CURVE_SECRETKEY`)',
  },
  {
    names: ['Session.key'],
    value: '<text>',
    meaning: 'key that signs messages (default: `$IPP_SESSION_KEY`, else a random one)',
  },
  {
    names: ['keyfile', 'Session.keyfile'],
    value: '<file>',
    meaning: 'file that holds that key',
  },
  { names: ['no-secure'], meaning: 'sign nothing: any user who reaches a port can run code' },
];

const behaviour: readonly StandInFlag[] = [
  {
    names: ['ping', 'HeartMonitor.period'],
    value: '<ms>',
    meaning: 'from one ping of the engines to the next (default: 3000)',
  },
  {
    names: ['HeartMonitor.max_heartmonitor_misses'],
    value: '<count>',
    meaning: 'pings that an engine may miss in a row (default: 10)',
  },
  {
    names: ['registration_timeout'],
    value: '<seconds>',
    meaning: 'for an engine to answer its first ping (default: 10 pings, 30 at least)',
  },
  {
    names: ['scheme', 'TaskScheduler.scheme_name'],
    value: '<name>',
    meaning: 'leastload, lru, plainrandom, twobin, weighted or pure (default: leastload)',
  },
  {
    names: ['hwm', 'TaskScheduler.hwm'],
    value: '<count>',
    meaning: 'tasks that an engine may have at once, 0 for any number (default: 1)',
  },
  {
    names: ['broadcast_scheduler_depth'],
    value: '<depth>',
    meaning: 'the connection file lists 2 to the power of it broadcast ports (default: 1)',
  },
  { names: ['nodb'], meaning: 'keep no records of requests and results' },
  { names: ['db_class'], value: '<name>', meaning: 'NoDB is `--nodb`; all others are in memory' },
  {
    names: ['DictDB.record_limit'],
    value: '<count>',
    meaning: 'records that are kept (default: 1024)',
  },
  {
    names: ['DictDB.size_limit'],
    value: '<bytes>',
    meaning: 'size of the records that are kept (default: 1 GiB, less on a small machine)',
  },
  { names: ['user', 'Session.username'], value: '<name>', meaning: 'name in its messages' },
];

/** Of `pxcluster controller`. */
export const controllerFlags: readonly StandInFlag[] = [
  ...place,
  {
    names: ['reuse', 'reuse_files'],
    meaning: 'take ports, key and location from the connection files, and leave these at the end',
  },
  {
    names: ['restore', 'restore_engines'],
    meaning: 'the same, and find the engines of the last run again',
  },
  {
    names: ['engine_json_file'],
    value: '<file>',
    meaning: "connection file for engines, in the profile's folder `security`",
  },
  { names: ['client_json_file'], value: '<file>', meaning: 'the same for clients' },
  ...listening,
  ...secrets,
  ...behaviour,
  ...process,
];

/** Of `pxcluster engine`. */
export const engineFlags: readonly StandInFlag[] = [
  ...place,
  {
    names: ['file', 'f', 'url_file'],
    value: '<file>',
    meaning: 'connection file (default: `$IPP_CONNECTION_INFO`, which holds its text)',
  },
  {
    names: ['url_file_name'],
    value: '<name>',
    meaning: "name of that file in the profile's folder `security`",
  },
  {
    names: ['wait_for_url_file'],
    value: '<seconds>',
    meaning: 'for that file to come (default: 10)',
  },
  {
    names: ['timeout'],
    value: '<seconds>',
    meaning: 'for the controller to answer (default: 5)',
  },
  { names: ['id'], value: '<id>', meaning: 'id to ask for' },
  {
    names: ['mpi', 'use_mpi'],
    meaning: 'ask for the rank that an MPI launcher gave this process, as id',
  },
  {
    names: ['mpi_registration_delay'],
    value: '<seconds>',
    meaning: 'delay for each rank, from 100 ranks on (default: 0.02)',
  },
  {
    names: ['max_heartbeat_misses'],
    value: '<count>',
    meaning: 'pings that the controller may miss in a row, 0 for any number (default: 50)',
  },
  {
    names: ['location'],
    value: '<host>',
    meaning: 'where the controller runs, instead of what the file says',
  },
  {
    names: ['c', 'startup_command'],
    value: '<code>',
    meaning: 'TypeScript to run before the first request',
  },
  {
    names: ['s', 'startup_script'],
    value: '<file>',
    meaning: 'file of TypeScript to run before that',
  },
  {
    names: ['ssh', 'sshserver'],
    value: '<server>',
    meaning: 'refused: pxlab opens no SSH tunnels',
  },
  ...process,
];

/** First cell of the flag's row in the reference: `--ping, --HeartMonitor.period <ms>`. */
export function spellingOf({ names, value }: StandInFlag): string {
  const spelled = names.map((name) => (name.length === 1 ? `-${name}` : `--${name}`)).join(', ');
  return value === undefined ? spelled : `${spelled} ${value}`;
}
