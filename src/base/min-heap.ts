/** Items by number, the lowest first. */
export class MinHeap<T> {
  readonly #nodes: { readonly key: number; readonly item: T }[] = [];

  push(key: number, item: T): void {
    const nodes = this.#nodes;
    const node = { key, item };
    let place = nodes.push(node) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = nodes[above];
      if (parent === undefined || parent.key <= key) break;
      nodes[place] = parent;
      place = above;
    }
    nodes[place] = node;
  }

  /** The item of the lowest number, which is taken out; undefined when there is none. */
  pop(): T | undefined {
    const nodes = this.#nodes;
    const [top] = nodes;
    const last = nodes.pop();
    if (top === undefined || last === undefined || nodes.length === 0) return top?.item;
    let place = 0;
    for (;;) {
      const below = this.#lowerChild(place);
      const child = nodes[below];
      if (child === undefined || child.key >= last.key) break;
      nodes[place] = child;
      place = below;
    }
    nodes[place] = last;
    return top.item;
  }

  #lowerChild(place: number): number {
    const left = 2 * place + 1;
    const [a, b] = [this.#nodes[left], this.#nodes[left + 1]];
    return a !== undefined && b !== undefined && b.key < a.key ? left + 1 : left;
  }
}
