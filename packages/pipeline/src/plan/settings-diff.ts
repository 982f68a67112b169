/** One setting that differs; undefined stands for a missing value. */
export interface SettingChange {
  /** Path: `augment.policies[0].name`; empty for the settings as a whole. */
  readonly key: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** Compares two JSON values: differing settings sorted by key, lists item by item. */
export function diffSettings(before: unknown, now: unknown, key = ''): SettingChange[] {
  if (isList(before) && isList(now)) {
    const length = Math.max(before.length, now.length);
    return Array.from({ length }, (_, i) => diffSettings(before[i], now[i], `${key}[${i}]`)).flat();
  }
  if (isObject(before) && isObject(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
    return keys.flatMap((name) =>
      diffSettings(valueAt(before, name), valueAt(now, name), key === '' ? name : `${key}.${name}`),
    );
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ key, before, now }];
}

function valueAt(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
