/** Tasks that another one waits for, or whose engine it has to run on. */
export interface Dependency {
  readonly ids: readonly string[];
  /** All of them, or any one. */
  readonly all: boolean;
  /** Which ends count: that a task succeeded, that it failed. */
  readonly success: boolean;
  readonly failure: boolean;
}

export type Outcome = 'succeeded' | 'failed';

/** What is known of the end of a task; undefined as long as it has not ended. */
export type OutcomeOf = (id: string) => Outcome | undefined;

export const noDependency: Dependency = { ids: [], all: true, success: true, failure: false };

/** Whether enough of the tasks have ended in the way that counts. */
export function isMet({ ids, all, ...counts }: Dependency, outcomeOf: OutcomeOf): boolean {
  const hasCounted = (id: string): boolean => {
    const outcome = outcomeOf(id);
    return outcome !== undefined && (outcome === 'succeeded' ? counts.success : counts.failure);
  };
  if (ids.length === 0) return true;
  return all ? ids.every(hasCounted) : ids.some(hasCounted);
}

/** Whether it can never be met, because tasks ended the other way. */
export function isUnreachable({ ids, all, ...counts }: Dependency, outcomeOf: OutcomeOf): boolean {
  const hasMissed = (id: string): boolean => {
    const outcome = outcomeOf(id);
    return outcome !== undefined && !(outcome === 'succeeded' ? counts.success : counts.failure);
  };
  if (ids.length === 0) return false;
  return all ? ids.some(hasMissed) : ids.every(hasMissed);
}
