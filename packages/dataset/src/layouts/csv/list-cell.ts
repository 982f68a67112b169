const ITEM = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s,'"[\]{}()]+(?:[ \t]+[^\s,'"[\]{}()]+)*)/gy;

/**
 * The items of a list in a cell: JSON (`["cat", "dog"]`), Python (`['cat', 'dog']`, `{'cat'}`), NumPy (`['cat' 'dog']`), without
 * quotes (`[cat, dog]`), or Label Studio's `{"choices": ["cat", "dog"]}`. Undefined if the cell is not a list.
 */
export function listOf(cell: string): string[] | undefined {
  const text = cell.trim();
  const choices = /^\{\s*["']choices["']\s*:\s*(\[.*\])\s*\}$/s.exec(text);
  const list = choices?.[1] ?? text;
  const inner = /^\[(.*)\]$/s.exec(list)?.[1] ?? /^[({](\s*["'].*["']\s*,?\s*)[)}]$/s.exec(list)?.[1];
  if (inner === undefined) return undefined;
  const items: string[] = [];
  let at = 0;
  while (at < inner.length) {
    const gap = /[\s,]*/y;
    gap.lastIndex = at;
    at += gap.exec(inner)![0].length;
    if (at >= inner.length) break;
    ITEM.lastIndex = at;
    const found = ITEM.exec(inner);
    if (found === null) return undefined;
    at = ITEM.lastIndex;
    const [, double, single, bare] = found;
    const item = (bare ?? unescaped(double ?? single!)).trim();
    if (item !== '') items.push(item);
  }
  return items;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
]);

/** Escapes of JSON and Python. */
function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-f]{4}|x[0-9a-f]{2}|.)/gis, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES.get(code) ?? code),
  );
}
