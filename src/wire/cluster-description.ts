/**
 * What ipyparallel's tools read of a cluster: `cluster-<cluster id>.json`. Python's `ipcluster list`
 * rewrites the file and drops every key that it does not know, so nothing of ours is kept in it.
 *
 * Field names are the file's own. Source: ipyparallel 9.2, `ipyparallel/cluster/cluster.py`,
 * `Cluster.to_dict`, and `ipyparallel/cluster/launcher.py`.
 */
export interface ClusterDescription {
  readonly clusterId: string;
  readonly profileDir: string;
  readonly controller: DescribedProcess;
  /** By engine set. */
  readonly engineSets: Readonly<Record<string, readonly DescribedProcess[]>>;
}

interface DescribedProcess {
  readonly pid: number;
  readonly logFile: string;
}

export function formatClusterDescription(description: ClusterDescription): string {
  const { clusterId: cluster_id, profileDir: profile_dir, controller, engineSets } = description;
  const common = { state: 'running', profile_dir, cluster_id };
  const stateOf = ({ pid, logFile: output_file }: DescribedProcess) => ({
    ...common,
    pid,
    output_file,
  });
  const sets = Object.entries(engineSets)
    .filter(([, engines]) => engines.length > 0)
    .map(([id, engines]) => {
      const states = engines.map((engine, index) => [index, { ...stateOf(engine), n: 1 }] as const);
      return [id, { ...common, n: engines.length, engines: Object.fromEntries(states) }] as const;
    });
  return JSON.stringify(
    {
      cluster: {
        cluster_id,
        profile_dir,
        controller_args: [],
        controller_ip: '',
        controller_location: '',
        delay: 0,
        n: null,
        class: 'ipyparallel.cluster.cluster.Cluster',
      },
      controller: { class: 'local', state: stateOf(controller) },
      engines: { class: 'local', sets: Object.fromEntries(sets) },
    },
    undefined,
    2,
  );
}

/** Pid of the controller in the text of such a file, or undefined when none runs or it is damaged. */
export function controllerPidIn(text: string): number | undefined {
  try {
    const file = JSON.parse(text) as { controller?: { state?: { pid?: unknown } } } | null;
    const pid = file?.controller?.state?.pid;
    return typeof pid === 'number' && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
