import { engineNames } from '../client/errors.js';

/** Ids in short: `0-3,7`; of very many pieces the first ones. */
export function rangesOf(ids: Iterable<number>): string {
  const pieces: [first: number, last: number][] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const piece = pieces.at(-1);
    if (piece !== undefined && piece[1] === id - 1) piece[1] = id;
    else pieces.push([id, id]);
  }
  const shown = pieces.slice(0, piecesShown).map(([first, last]) => between(first, last));
  return shown.join(',') + (pieces.length > piecesShown ? ',…' : '');
}

/** `engine 2`, `engines 0, 2 and 3`, `engines 0-99` (of many). */
export function namesOf(ids: readonly number[]): string {
  return ids.length <= idsNamed ? engineNames(ids) : `${ids.length} engines (${rangesOf(ids)})`;
}

function between(first: number, last: number): string {
  if (first === last) return String(first);
  return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
}

const piecesShown = 20;
const idsNamed = 8;
