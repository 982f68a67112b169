/** What became of one item. */
interface Outcome<T, R> {
  readonly item: T;
  readonly value?: R;
  readonly error?: unknown;
}

/** Works on up to `atOnce` items at a time and hands the outcomes out in the items' order. */
export async function* ordered<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<Outcome<T, R>> {
  const running: Promise<Outcome<T, R>>[] = [];
  const start = (item: T) =>
    work(item).then(
      (value) => ({ item, value }),
      (error: unknown) => ({ item, error }),
    );
  let next = 0;
  while (next < items.length || running.length > 0) {
    while (running.length < atOnce && next < items.length) running.push(start(items[next++] as T));
    yield await running.shift()!;
  }
}
