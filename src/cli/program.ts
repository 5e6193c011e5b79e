import { Command, InvalidArgumentError, Option } from 'commander';
import { version } from '../base/version.js';
import { didYouMean } from '../magics/did-you-mean.js';
import type { CleanOptions } from './clean.js';
import type { DoctorOptions } from './doctor.js';
import type { EnginesOptions } from './engines.js';
import { examples, overview } from './help.js';
import type { InstallOptions } from './install.js';
import type { ListOptions } from './list.js';
import type { LogsOptions } from './logs.js';
import { write, writeNote } from './output.js';
import type { RestartOptions } from './restart.js';
import type { StartOptions } from './start.js';
import type { StatusOptions } from './status.js';
import type { StopOptions } from './stop.js';

/** The commands. Each one's code is loaded when it is called: `pxcluster list` needs no ZeroMQ. */
export function program(): Command {
  const pxcluster = new Command('pxcluster')
    .description('Starts, lists and stops clusters of TypeScript engines.')
    .version(version, '--version', 'print the version')
    .helpCommand('help [command]', 'show what a command does')
    .addHelpText('after', overview)
    .argument('[command]')
    .configureOutput({
      writeOut: write,
      writeErr: writeNote,
      outputError: (text) => writeNote(sentenceOf(text)),
    })
    .exitOverride();
  for (const add of [start, stop, list, status, engines, logs, restart, clean]) add(pxcluster);
  for (const add of [install, doctor, controller, engine]) add(pxcluster);
  return pxcluster.usage('<command> [options]').action((name?: string) => {
    if (name === undefined) return pxcluster.help({ error: true });
    const hint = didYouMean(
      name,
      pxcluster.commands.map((known) => known.name()),
    );
    pxcluster.error(`unknown command '${name}'${hint}`, { code: 'commander.unknownCommand' });
  });
}

/** Commander's message as one sentence, with a remedy. */
function sentenceOf(text: string): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\(?(Did you mean [^?]*\?)\)?$/, '. $1')
    .replace(/\.?\n/g, '. ')
    .replace(/[^?.]$/, '$&.');
  return `pxcluster: ${message} See \`pxcluster --help\`.\n`;
}

function start(parent: Command): void {
  withPlace(command(parent, 'start', 'start a cluster that every notebook of this user can use'))
    .option(
      '-n, --n <count>',
      'number of engines (default: the cores that can be used)',
      wholeNumber,
    )
    .option('--ip <address>', 'address to listen at, * for all (default: 127.0.0.1)')
    .option('--ports <list>', 'TCP ports to take, as 10101-10114 or 5000,5001 (default: free ones)')
    .option('--location <host>', 'name by which other machines reach this one')
    .option('--no-curve', 'no CurveZMQ on TCP: any user of the host could read outputs')
    .option('--ipc-only', 'no TCP ports: for processes of this machine alone')
    .addOption(
      new Option('--launcher <name>', 'where engines run').choices(['local']).default('local'),
    )
    .option('--timeout <seconds>', 'limit for all engines to be ready', positiveNumber, 60)
    .option('--detach', 'return when the cluster is ready')
    .option('--daemonize', 'the same, by the name of ipcluster')
    .option('--json', 'print what was started as JSON')
    .action(async (options: StartOptions) => (await import('./start.js')).start(options));
}

function stop(parent: Command): void {
  withPlace(command(parent, 'stop', 'stop a cluster: its engines, its controller, its files'))
    .argument('[id...]', 'ids of the clusters (default: the only one, or the one without an id)')
    .option('--all', 'stop every cluster of the profile, those of notebooks and scripts too')
    .option('--json', 'print what was stopped as JSON')
    .action(async (ids: readonly string[], options: StopOptions) =>
      (await import('./stop.js')).stop(ids, options),
    );
}

function list(parent: Command): void {
  withProfile(command(parent, 'list', 'list the clusters of the profile, dead ones too'))
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => (await import('./list.js')).list(options));
}

function status(parent: Command): void {
  withPlace(command(parent, 'status', 'show the engines of a cluster, and how others ended'))
    .option('--json', 'print JSON')
    .action(async (options: StatusOptions) => (await import('./status.js')).status(options));
}

function engines(parent: Command): void {
  withPlace(command(parent, 'engines', 'start more engines for a cluster that runs, or list them'))
    .option('-n, --n <count>', 'start this many more, and wait until they are ready', positiveCount)
    .option('--daemonize', "nothing else than without: for scripts of ipcluster's users")
    .option('--json', 'print JSON')
    .action(async (options: EnginesOptions) => (await import('./engines.js')).engines(options));
}

function logs(parent: Command): void {
  withPlace(
    command(parent, 'logs', 'print the logs of the controller and of engines, dead ones too'),
  )
    .argument('[engine...]', 'ids of the engines (default: all, and the controller)', engineId)
    .option('-f, --follow', 'go on with what is logged, by new engines too, until Ctrl-C')
    .option('-n, --lines <count>', 'last lines of each log, or all', lineCount, 100)
    .option('--json', 'print JSON')
    .action(async (ids: readonly number[] | undefined, options: LogsOptions) =>
      (await import('./logs.js')).logs(ids ?? [], options),
    );
}

function restart(parent: Command): void {
  withPlace(command(parent, 'restart', 'end engines and start new ones in their place'))
    .argument('[engine...]', 'ids of the engines (default: all)', engineId)
    .option('--json', 'print JSON')
    .action(async (ids: readonly number[] | undefined, options: RestartOptions) =>
      (await import('./restart.js')).restart(ids ?? [], options),
    );
}

function clean(parent: Command): void {
  withProfile(command(parent, 'clean', 'remove what clusters that died left behind, and old logs'))
    .option('--host <name>', 'also what clusters of that other host left, which is gone')
    .option('--force', 'also what clusters of all other hosts left, unless they answer')
    .option('--json', 'print what was removed as JSON')
    .action(async (options: CleanOptions) => (await import('./clean.js')).clean(options));
}

function install(parent: Command): void {
  command(parent, 'install', 'give Jupyter the TypeScript kernel and the panel')
    .option('--user', 'for this user (default)')
    .option('--sys-prefix', 'into the Python environment that is active')
    .option('--prefix <dir>', 'into the Python environment at DIR')
    .option('--remove', 'remove it from there')
    .option('--json', 'print the folders as JSON')
    .action(async (options: InstallOptions) => (await import('./install.js')).install(options));
}

function doctor(parent: Command): void {
  withProfile(command(parent, 'doctor', 'check what pxlab needs of this machine'))
    .option('--prefix <dir>', 'look at the Jupyter of the Python environment at DIR')
    .option('--quick', 'start no kernel and no engine')
    .option('--json', 'print the checks as JSON')
    .action(async (options: DoctorOptions) => (await import('./doctor.js')).doctor(options));
}

/** Stands in for `ipcontroller`: it takes its flags and passes over those that it does not know. */
function controller(parent: Command): void {
  standIn(parent, 'controller', "run a controller, with ipcontroller's flags").action(
    async (_options, { args }: Command) => (await import('./controller.js')).controller(args),
  );
}

/** Stands in for `ipengine`. */
function engine(parent: Command): void {
  standIn(parent, 'engine', "run an engine, with ipengine's flags").action(
    async (_options, { args }: Command) => (await import('./engine.js')).engine(args),
  );
}

function standIn(parent: Command, name: string, description: string): Command {
  return command(parent, name, description).allowUnknownOption().allowExcessArguments();
}

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .allowExcessArguments(false)
    .addHelpText('after', examples[name] ?? '');
}

/** Which cluster. */
function withPlace(subcommand: Command): Command {
  return withProfile(subcommand.option('--cluster-id <id>', 'name of the cluster in its profile'));
}

function withProfile(subcommand: Command): Command {
  return subcommand
    .option('--profile <name>', "IPython profile that holds the cluster's files (default: default)")
    .option('--profile-dir <dir>', 'folder of the profile');
}

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
}

function positiveCount(text: string): number {
  if (/^0*[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number of 1 or more.');
}

function engineId(text: string, earlier: readonly number[] = []): readonly number[] {
  if (/^\d{1,9}$/.test(text)) return [...earlier, Number(text)];
  throw new InvalidArgumentError('Give the ids of engines, such as 0 or 2.');
}

function lineCount(text: string): number {
  if (text === 'all') return Infinity;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number, or 'all'.");
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1e9) return value;
  throw new InvalidArgumentError('Give a number greater than 0.');
}
