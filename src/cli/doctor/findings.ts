/**
 * What the facts of a machine mean for pxlab: each judge turns what was seen into one sentence, with its
 * remedy. Nothing here looks at the machine.
 */
export interface Finding {
  readonly check: string;
  /** `doubtful`: it works, less well or not all of it. */
  readonly verdict: 'good' | 'doubtful' | 'bad';
  readonly text: string;
}

type Judged = Omit<Finding, 'check'>;

const good = (text: string): Judged => ({ verdict: 'good', text });
const doubtful = (text: string): Judged => ({ verdict: 'doubtful', text });
const bad = (text: string): Judged => ({ verdict: 'bad', text });

const neededNode = '20.19';
const neededPython = '3.10';

export function judgeNode({ version, path }: { version: string; path: string }): Judged {
  if (isAtLeast(version, neededNode)) return good(`Node ${version}: ${path}`);
  return bad(
    `Node ${version} is older than ${neededNode}: install a newer one (https://nodejs.org).`,
  );
}

/** A program that was looked for: where it is, and its version. */
export interface Program {
  readonly path: string;
  readonly version: string;
}

/** Python is only needed by Jupyter. */
export function judgePython(python: Program | undefined): Judged {
  if (python === undefined) {
    return doubtful(
      `No Python was found, and JupyterLab needs ${neededPython} or newer: install it (Debian: apt install python3 python3-venv).`,
    );
  }
  const { path, version } = python;
  if (isAtLeast(version, neededPython)) return good(`Python ${version}: ${path}`);
  return doubtful(
    `Python ${version} is older than ${neededPython}, which JupyterLab needs: ${path}`,
  );
}

export function judgeJupyter(jupyter: Program | undefined): Judged {
  if (jupyter === undefined) {
    return doubtful(
      'No Jupyter was found: activate its environment, name it with `--prefix DIR`, or get one with `python3 -m pip install jupyterlab`.',
    );
  }
  const { path, version } = jupyter;
  if (version === '')
    return doubtful(`No JupyterLab beside ${path}: \`pip install jupyterlab\` there.`);
  if (isAtLeast(version, '4.0')) return good(`JupyterLab ${version}: ${path}`);
  return doubtful(`JupyterLab ${version} is too old for the panel, which needs 4.0: ${path}`);
}

/** The kernel as Jupyter would start it. */
export interface InstalledKernel {
  readonly folder: string;
  readonly node: string;
  /** Undefined when that Node cannot be run. */
  readonly nodeVersion: string | undefined;
  readonly main: string;
  /** Of the package that `main` belongs to; undefined when it is not there. */
  readonly version: string | undefined;
}

export interface KernelFacts {
  readonly kernel: InstalledKernel | undefined;
  /** Data folders that Jupyter looks into. */
  readonly searched: readonly string[];
  readonly hasJupyter: boolean;
  readonly ownVersion: string;
}

export function judgeKernel({ kernel, searched, hasJupyter, ownVersion }: KernelFacts): Judged {
  if (kernel === undefined) {
    const where = searched.join(', ');
    if (!hasJupyter) return doubtful(`The kernel is not installed in ${where}.`);
    return bad(`The kernel is not installed in ${where}: run \`pxcluster install\`.`);
  }
  const { folder, node, nodeVersion, main, version } = kernel;
  const again = 'run `pxcluster install` again with the flags of the first time.';
  if (nodeVersion === undefined) {
    return bad(
      `The kernel in ${folder} starts with ${node}, which is not there any more: ${again}`,
    );
  }
  if (version === undefined) {
    return bad(`The kernel in ${folder} needs ${main}, which is not there any more: ${again}`);
  }
  if (!isAtLeast(nodeVersion, neededNode)) {
    return bad(`The kernel in ${folder} starts with Node ${nodeVersion}, too old: ${again}`);
  }
  if (version !== ownVersion) {
    return bad(
      `The kernel in ${folder} is version ${version}, and this is ${ownVersion}: ${again}`,
    );
  }
  return good(`The kernel is installed: ${folder}`);
}

export interface PanelFacts {
  readonly panel: { readonly folder: string; readonly version: string } | undefined;
  readonly ownVersion: string;
}

export function judgePanel({ panel, ownVersion }: PanelFacts): Judged {
  if (panel === undefined) {
    return doubtful(
      "JupyterLab's panel is not installed, notebooks work without: run `pxcluster install`.",
    );
  }
  const { folder, version } = panel;
  if (version === ownVersion) return good(`The panel is installed: ${folder}`);
  return bad(
    `The panel in ${folder} is version ${version}, and this is ${ownVersion}: run \`pxcluster install\` again with the flags of the first time.`,
  );
}

export function judgeZeromq(error: string | undefined): Judged {
  if (error === undefined) return good('ZeroMQ loads.');
  return bad(`ZeroMQ cannot be loaded (${error}): install pxlab anew on this machine.`);
}

/** What kernels start with; they do without. */
export function judgeSnapshot(path: string | undefined): Judged {
  if (path !== undefined) return good(`The compiler is prepared: ${path}`);
  return doubtful(
    'The compiler is not prepared, so that the first cell of a kernel waits a second longer: `pxcluster install` does it.',
  );
}

export function judgeSockets(sockets: { folder: string } | { error: string }): Judged {
  return 'folder' in sockets
    ? good(`Sockets can be made in ${sockets.folder}.`)
    : bad(sockets.error);
}

const megabyte = 2 ** 20;

/** Undefined where the system has none. */
export function judgeSharedMemory(
  memory: { sizeBytes: number; freeBytes: number } | undefined,
): Judged | undefined {
  if (memory === undefined) return undefined;
  const size = `/dev/shm has ${sizeOf(memory.sizeBytes)}, ${sizeOf(memory.freeBytes)} of it free`;
  if (memory.freeBytes >= 128 * megabyte) return good(`${size}.`);
  return doubtful(
    `${size}, little for programs that share memory: free some, or give a container more (docker run --shm-size=1g).`,
  );
}

/** Soft limit of open files; undefined where it is not known. */
export function judgeOpenFiles(limit: number | undefined): Judged | undefined {
  if (limit === undefined) return undefined;
  if (limit >= 1024)
    return good(`A process may open ${Number.isFinite(limit) ? limit : 'any number of'} files.`);
  return doubtful(
    `A process may open ${limit} files, little for a cluster of many engines: raise it with \`ulimit -n 4096\`.`,
  );
}

/** The folder of the connection files; undefined while it is not there. */
export interface FolderFacts {
  readonly path: string;
  readonly found:
    { readonly mode: number; readonly isOurs: boolean; readonly isWritable: boolean } | undefined;
}

export function judgeSecurityFolder({ path, found }: FolderFacts): Judged {
  if (found === undefined) return good(`Connection files will be in ${path}.`);
  if (!found.isWritable) {
    return bad(
      `This user may not write to ${path}, where connection files go: \`chmod u+rwx\` it, or name another with --profile-dir.`,
    );
  }
  if (!found.isOurs) {
    return bad(
      `${path}, where connection files go, belongs to another user: name another with --profile-dir.`,
    );
  }
  if ((found.mode & 0o077) !== 0) {
    return doubtful(
      `Others may look into ${path}, where connection files are: \`chmod 700 ${path}\`.`,
    );
  }
  return good(`Connection files are in ${path}, which only this user can enter.`);
}

export interface ClusterFact {
  readonly clusterId: string;
  readonly state: 'running' | 'dead' | 'elsewhere' | 'damaged';
}

export function judgeClusters(clusters: readonly ClusterFact[]): Judged {
  const stale = clusters.filter(({ state }) => state === 'dead' || state === 'damaged');
  if (stale.length > 0) {
    const names = stale.map(({ clusterId }) =>
      clusterId === '' ? 'the one without an id' : clusterId,
    );
    return doubtful(`Clusters died and left files (${names.join(', ')}): run \`pxcluster clean\`.`);
  }
  const running = clusters.filter(({ state }) => state === 'running').length;
  return good(
    running === 0 ? 'No cluster runs, and none left anything.' : `Clusters that run: ${running}.`,
  );
}

/** Something that was started and stopped again to see whether it works. */
export type Trial = { readonly elapsedMs: number } | { readonly error: string };

export function judgeKernelTrial(trial: Trial): Judged {
  return 'error' in trial
    ? bad(`A kernel was started, and did not answer: ${trial.error}`)
    : good(`A kernel started and answered in ${seconds(trial.elapsedMs)}.`);
}

export function judgeClusterTrial(trial: Trial): Judged {
  return 'error' in trial
    ? bad(`A cluster of one engine does not work: ${trial.error}`)
    : good(`A cluster of one engine started, computed and stopped in ${seconds(trial.elapsedMs)}.`);
}

export function lineOf({ verdict, text }: Finding): string {
  const marks = { good: '✓', doubtful: '!', bad: '✗' } as const;
  return `${marks[verdict]} ${text}`;
}

export function summaryOf(findings: readonly Finding[]): string {
  const count = findings.filter(({ verdict }) => verdict === 'bad').length;
  if (count === 0) return 'pxlab can work here.';
  return count === 1 ? 'One thing is to be mended (✗).' : `${count} things are to be mended (✗).`;
}

/** Compares `major.minor`. */
function isAtLeast(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}

function sizeOf(bytes: number): string {
  return bytes >= 1024 * megabyte
    ? `${(bytes / 1024 / megabyte).toFixed(1)} GB`
    : `${Math.round(bytes / megabyte)} MB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
