/** Flattens settings to dotted paths and readable values; lists of plain values stay on one line. */
export function flatten(settings: object): [path: string, value: string][] {
  return Object.entries(settings).flatMap(([name, value]) => walk(name, value));
}

function walk(path: string, value: unknown): [string, string][] {
  if (value === undefined) return [];
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null))
      return [[path, `[${value.map((item) => JSON.stringify(item)).join(', ')}]`]];
    return value.flatMap((item, i) => walk(`${path}[${i}]`, item));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return entries.length === 0
      ? [[path, '{}']]
      : entries.flatMap(([name, item]) => walk(`${path}.${name}`, item));
  }
  return [[path, typeof value === 'string' ? value : String(JSON.stringify(value))]];
}
