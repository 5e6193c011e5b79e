import { controllerFlags, engineFlags, spellingOf, type StandInFlag } from './stand-in-flags.js';

/** Behind the list of commands. */
export const overview = `
Examples:
  pxcluster start -n 4          four engines, until Ctrl-C
  pxcluster start --detach      as many as there are cores, in the background
  pxcluster status              what each engine does
  pxcluster stop                end them

\`pxcluster COMMAND --help\` tells more. Files are where ipyparallel looks for them, so that its
clients find clusters of this program, and this program's clients find those of ipcluster.
Exit codes: 0 done, 1 failed, 2 wrong usage, 10 runs already, 11 stopped already, 12 no cluster.`;

/** Behind the flags of each command. */
export const examples: Readonly<Record<string, string>> = {
  start: `
The cluster belongs to no one: every notebook, script and Python client of this user finds it.

Examples:
  pxcluster start -n 8                     in the foreground; Ctrl-C stops it
  pxcluster start -n 8 --detach            in the background; \`pxcluster stop\` stops it
  pxcluster start --cluster-id big -n 32   a second one, beside the one without an id
  pxcluster start --ip '*' --location $(hostname)   for clients and engines of other machines`,
  stop: `
Examples:
  pxcluster stop             the only cluster, or the one without an id
  pxcluster stop big small   those two
  pxcluster stop --all       all, also those of notebooks`,
  list: `
A cluster is running; dead, when only its files are left (\`pxcluster clean\` removes them); or on
another host, of which this one knows no more than whether it answers.`,
  status: `
An engine is busy while a request runs; QUEUED counts those behind it, DONE those before it.
Engines that ended unasked are told of below the table, with their exit code or signal.`,
  engines: `
With -n it does what \`ipcluster engines\` does, except that the engines belong to the cluster: they go
on when this command has ended, and end with the cluster. Without -n it lists the engines.

Examples:
  pxcluster engines -n 4                     four more
  pxcluster engines -n 4 --cluster-id big    for that cluster
  pxcluster engines                          which there are`,
  logs: `
What cells print goes to the notebooks. The controller's log tells which engines came and went; an
engine's log has what reached no notebook, such as why it could not start, or the rest of a crash's words.

Examples:
  pxcluster logs            the last 100 lines of each
  pxcluster logs 2          of engine 2, also when it is dead
  pxcluster logs -f         until Ctrl-C, of engines that come later too
  pxcluster logs -n all     everything`,
  restart: `
Kept: the cluster, its id and connection files, connected notebooks, and results that are done.
Lost: the variables of the engines, what runs on them, and what waits for them; whoever waits gets an
error. New engines have new ids, as in ipyparallel: an id never names two engines.

Examples:
  pxcluster restart       all engines
  pxcluster restart 0 2   those two`,
  clean: `
Nothing of a cluster that runs is touched. Of a cluster on another host (a container that has another
name now, say) nothing is known here but whether it answers; so you say that the host is gone.

Examples:
  pxcluster clean                 what clusters left that died on this host, and logs
  pxcluster clean --host node7    also what those of node7 left
  pxcluster clean --force         also what those of any host left that do not answer`,
  install: `
Examples:
  pxcluster install                      for this user
  pxcluster install --prefix ~/venv      for the JupyterLab in that environment
  pxcluster install --prefix ~/venv --remove`,
  doctor: `
Says of each thing whether it is good, and how to mend what is not.

Examples:
  pxcluster doctor                    also starts a kernel and an engine, and ends them
  pxcluster doctor --prefix ~/venv    of the JupyterLab in that environment`,
  controller: `
${flagTable(controllerFlags)}

For launchers that start an ipcontroller: its flags, by \`--name value\` or \`--name=value\`, its signals,
files and environment. Traits may have their class in front, as in --IPController.ip. It passes over flags
that it does not know.

Examples:
  pxcluster controller --cluster-id=c --ip='*'
  pxcluster controller --restore     goes on where one that was killed had left off, with its engines`,
  engine: `
${flagTable(engineFlags)}

For launchers that start an ipengine: its flags, by \`--name value\` or \`--name=value\`, its signals and
environment. It passes over flags that it does not know.

Examples:
  pxcluster engine --file ipcontroller-engine.json    joins the controller of that file
  pxcluster engine -c 'const seed = 42;'              has a variable from the start`,
};

/** As commander lists flags. */
function flagTable(flags: readonly StandInFlag[]): string {
  const rows = flags.map(
    (flag) => `  ${spellingOf(flag)}\n      ${flag.meaning.replaceAll('`', '')}`,
  );
  return `Flags:\n${rows.join('\n')}`;
}
