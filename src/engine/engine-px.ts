/** What `px` is in the code that runs on an engine. */
export interface EnginePx {
  /** The engine's number in its cluster; it never gets another. */
  readonly id: number;
  /** Where this engine stands among those that the running cell was sent to, from 0. */
  readonly rank: number;
  /** How many engines the running cell was sent to. */
  readonly size: number;
}

/** Where an engine stands among the targets of a cell. */
export interface Group {
  readonly rank: number;
  readonly size: number;
}

/**
 * The `px` of an engine's cells, and its setter. Code that comes without a group, from a Python client
 * for example, sees what the last group was; before any, an engine is alone.
 */
export function createEnginePx(engineId: number): { px: EnginePx; enter(group?: Group): void } {
  let current: Group = { rank: 0, size: 1 };
  const px: EnginePx = {
    id: engineId,
    get rank() {
      return current.rank;
    },
    get size() {
      return current.size;
    },
  };
  return {
    px: Object.freeze(px),
    enter: (group) => {
      if (group !== undefined) current = group;
    },
  };
}
