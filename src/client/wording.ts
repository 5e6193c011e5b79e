/** `0, 2 and 3`. */
export function listOf(items: readonly (string | number)[]): string {
  const last = items.at(-1);
  if (last === undefined) return 'none';
  return items.length === 1 ? String(last) : `${items.slice(0, -1).join(', ')} and ${last}`;
}
