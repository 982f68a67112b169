import type { Setting, Settings } from '../report-data.ts';

/** Settings as dotted paths and their values as people write them; lists of plain values stay on one line. */
export function flatten(settings: Settings): [path: string, value: string][] {
  return Object.entries(settings).flatMap(([name, value]) => walk(name, value));
}

function walk(path: string, value: Setting): [string, string][] {
  if (Array.isArray(value)) {
    const items = value as readonly Setting[];
    if (items.every((item) => typeof item !== 'object' || item === null))
      return [[path, `[${items.map((item) => JSON.stringify(item)).join(', ')}]`]];
    return items.flatMap((item, i) => walk(`${path}[${i}]`, item));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as Settings);
    return entries.length === 0
      ? [[path, '{}']]
      : entries.flatMap(([name, item]) => walk(`${path}.${name}`, item));
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}
