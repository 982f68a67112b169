/** One setting that differs; undefined where it is not there. */
export interface SettingChange {
  /** Dotted path: `augment.policies[0].name`; empty for the settings as a whole. */
  readonly key: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** The settings in which two JSON values differ, in the order of their keys' code units; lists item by item. */
export function diffSettings(before: unknown, now: unknown, key = ''): SettingChange[] {
  if (isList(before) && isList(now)) {
    const length = Math.max(before.length, now.length);
    return Array.from({ length }, (_, i) => diffSettings(before[i], now[i], `${key}[${i}]`)).flat();
  }
  if (isObject(before) && isObject(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
    return keys.flatMap((name) =>
      diffSettings(own(before, name), own(now, name), key === '' ? name : `${key}.${name}`),
    );
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ key, before, now }];
}

function own(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
