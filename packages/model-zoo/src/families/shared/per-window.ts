/**
 * The same function, which computes the table of a window once: every block of a network asks for the same one, in every pass.
 * The table must not be changed.
 */
export function perWindow(
  compute: (window: readonly [height: number, width: number]) => Int32Array,
): (window: readonly [height: number, width: number]) => Int32Array {
  const tables = new Map<string, Int32Array>();
  return (window) => {
    const key = window.join('x');
    const table = tables.get(key) ?? compute(window);
    tables.set(key, table);
    return table;
  };
}
