/** ` Did you mean X?` when one of `known` is a slip of the pen away from `given`, else nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const nearest = known
    .map((candidate) => ({ candidate, edits: editDistance(given, candidate) }))
    .sort((a, b) => a.edits - b.edits)[0];
  const isNear =
    nearest !== undefined && nearest.edits <= Math.max(1, Math.floor(given.length / 3));
  return isNear ? ` Did you mean ${nearest.candidate}?` : '';
}

/** Letters to insert, delete, replace or swap with their neighbour, to come from `a` to `b`. */
function editDistance(a: string, b: string): number {
  const known = new Map<string, number>();
  const distance = (i: number, j: number): number => {
    if (i === 0 || j === 0) return i + j;
    const key = `${i} ${j}`;
    const found = known.get(key) ?? Math.min(...steps(i, j));
    known.set(key, found);
    return found;
  };
  const steps = (i: number, j: number): number[] => {
    const cost = a[i - 1] === b[j - 1] ? 0 : 1;
    const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    return [
      distance(i - 1, j) + 1,
      distance(i, j - 1) + 1,
      distance(i - 1, j - 1) + cost,
      ...(isSwap ? [distance(i - 2, j - 2) + 1] : []),
    ];
  };
  return distance(a.length, b.length);
}
