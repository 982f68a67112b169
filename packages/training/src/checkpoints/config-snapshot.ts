/** Settings of a run, to compare with those of the run that resumes it: JSON text of each value, by dotted name. */
export type ConfigSnapshot = Readonly<Record<string, string>>;

/** A setting that differs from the checkpoint; undefined where it was not given. */
export interface SettingChange {
  readonly setting: string;
  readonly before: string | undefined;
  readonly now: string | undefined;
}

/** Settings without which a checkpoint has no meaning. `teacher.` goes before those of a second model. */
const FIXED = [
  /^task$/,
  /^steps$/,
  /^heads\.\d+\.(name|classes)$/,
  /^(\w+\.)?optimizer\.name$/,
  /^(\w+\.)?schedule\.name$/,
  /^(\w+\.)?groups\.(layerDecay|noDecay|overrides)\b/,
];

/** Flattens settings; functions are left out. */
export function configSnapshot(settings: Readonly<Record<string, unknown>>): ConfigSnapshot {
  const flat: Record<string, string> = {};
  flatten(flat, '', settings);
  return flat;
}

/** The differences: `rejected`, since resuming would make no sense, and `changed`, which may be intended. */
export function compareConfigs(
  before: ConfigSnapshot,
  now: ConfigSnapshot,
): { readonly rejected: readonly SettingChange[]; readonly changed: readonly SettingChange[] } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const changes = names
    .map((setting) => ({ setting, before: textOf(before, setting), now: textOf(now, setting) }))
    .filter((change) => change.before !== change.now);
  const isFixed = ({ setting, before: was, now: is }: SettingChange) => {
    // A schedule may be added or dropped; one of another kind would misread the state.
    if (/(^|\.)schedule\.name$/.test(setting) && (was === undefined || is === undefined)) return false;
    return FIXED.some((pattern) => pattern.test(setting));
  };
  return { rejected: changes.filter(isFixed), changed: changes.filter((change) => !isFixed(change)) };
}

/** `optimizer.learningRate was 0.01, is 0.001`. */
export function describeChange({ setting, before = 'not given', now = 'not given' }: SettingChange): string {
  return `${setting} was ${before}, is ${now}`;
}

function textOf(values: ConfigSnapshot, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function flatten(into: Record<string, string>, name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  const isList = Array.isArray(value) || ArrayBuffer.isView(value);
  const entries = isList ? Array.from(value as ArrayLike<unknown>) : value;
  const isTree = isObject(entries) && (!isList || (entries as unknown[]).some(isObject));
  if (!isTree) {
    into[name] = JSON.stringify(entries) ?? String(entries);
    return;
  }
  for (const [key, item] of Object.entries(entries as object))
    flatten(into, name === '' ? key : `${name}.${key}`, item);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
