/** What is on its way, the earliest on top. */
export function makeHeap<T extends { readonly at: number }>() {
  const items: T[] = [];
  const swap = (i: number, j: number) => {
    [items[i], items[j]] = [items[j]!, items[i]!];
  };
  return {
    size: () => items.length,
    next: () => (items.length > 0 ? items[0]!.at : Number.POSITIVE_INFINITY),
    push(item: T) {
      items.push(item);
      for (let i = items.length - 1; i > 0; ) {
        const up = (i - 1) >> 1;
        if (items[up]!.at <= items[i]!.at) return;
        swap(up, i);
        i = up;
      }
    },
    pop(): T {
      const top = items[0]!;
      const last = items.pop()!;
      if (items.length === 0) return top;
      items[0] = last;
      for (let i = 0; ; ) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2]) {
          if (child < items.length && items[child]!.at < items[least]!.at) least = child;
        }
        if (least === i) return top;
        swap(i, least);
        i = least;
      }
    },
  };
}
