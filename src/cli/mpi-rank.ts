/** Rank and number of processes, as launchers of MPI implementations and Slurm tell them. */
const variables = [
  ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
  ['PMI_RANK', 'PMI_SIZE'],
  ['MV2_COMM_WORLD_RANK', 'MV2_COMM_WORLD_SIZE'],
  ['PMIX_RANK', 'PMIX_SIZE'],
  ['SLURM_PROCID', 'SLURM_NTASKS'],
] as const;

/** The rank of this process; undefined when no MPI launcher started it, or it alone. */
export function mpiRank(environment: NodeJS.ProcessEnv): number | undefined {
  for (const [rankName, sizeName] of variables) {
    const rank = environment[rankName];
    if (rank === undefined || !/^\d{1,9}$/.test(rank)) continue;
    return environment[sizeName] === '1' ? undefined : Number(rank);
  }
  return undefined;
}
