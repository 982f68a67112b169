/** The result of one item. */
interface Outcome<T, R> {
  readonly item: T;
  readonly value?: R;
  readonly error?: unknown;
}

/** Works on up to `concurrency` items at a time and yields the outcomes in the order of the items. */
export async function* ordered<T, R>(
  items: readonly T[],
  concurrency: number,
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
    while (running.length < concurrency && next < items.length) running.push(start(items[next++] as T));
    yield await running.shift()!;
  }
}
