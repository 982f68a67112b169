import type { TrainerSettings } from './settings.ts';

/** Settings of a run that a resumed run is compared by: JSON text of each value, by dotted name. */
export type MadeWith = Readonly<Record<string, string>>;

/** A setting that is not what it was; absent where it was not given. */
export interface SettingChange {
  readonly setting: string;
  readonly before: string | undefined;
  readonly now: string | undefined;
}

/** What a checkpoint cannot go on with: logits and running values would belong to something else. */
const FIXED = [
  /^heads\.\d+\.(name|classes)$/,
  /^optimizer\.name$/,
  /^schedule\.name$/,
  /^groups\.(layerDecay|noDecay|overrides)\b/,
];

/** Functions (a plan, a mixer, the layer of a path) cannot be compared; whether they are there can. */
export function madeWith(settings: TrainerSettings): MadeWith {
  const { loss, optimizer, groups, schedule, average, plan, mixer, ...rest } = settings;
  const { epochs, accumulate, clipNorm, clipValue, scheduleBy, normalization, precision } = rest;
  const flat: Record<string, string> = {};
  flatten(flat, '', {
    heads: loss.heads,
    optimizer,
    groups,
    schedule: schedule === undefined ? undefined : { name: schedule.name, ...schedule.settings },
    average:
      average === undefined ? undefined : { name: average.weights.name, by: average.by, from: average.from },
    plan: plan === undefined ? undefined : 'given',
    mixer: mixer === undefined ? undefined : 'given',
    epochs,
    accumulate,
    clipNorm,
    clipValue,
    scheduleBy,
    normalization,
    precision,
  });
  return flat;
}

/** What differs: `refused`, since it makes no sense to go on, and `changed`, which may well be wished. */
export function compareMade(
  before: MadeWith,
  now: MadeWith,
): { readonly refused: readonly SettingChange[]; readonly changed: readonly SettingChange[] } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const all = names
    .map((setting) => ({ setting, before: own(before, setting), now: own(now, setting) }))
    .filter((change) => change.before !== change.now);
  const isFixed = ({ setting, before: was, now: is }: SettingChange) => {
    // No schedule any more, or a first one, is a wish as well; a schedule of another kind would misread its state.
    if (setting === 'schedule.name' && (was === undefined || is === undefined)) return false;
    return FIXED.some((pattern) => pattern.test(setting));
  };
  return { refused: all.filter(isFixed), changed: all.filter((change) => !isFixed(change)) };
}

/** `optimizer.learningRate was 0.01, is 0.001`. */
export function describeChange({ setting, before = 'not given', now = 'not given' }: SettingChange): string {
  return `${setting} was ${before}, is ${now}`;
}

function own(values: MadeWith, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function flatten(into: Record<string, string>, name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  const isList = Array.isArray(value) || ArrayBuffer.isView(value);
  const entries = isList ? Array.from(value as ArrayLike<unknown>) : value;
  const isTree =
    typeof entries === 'object' && entries !== null && (!isList || (entries as unknown[]).some(isObject));
  if (!isTree) {
    into[name] = JSON.stringify(entries) ?? String(entries);
    return;
  }
  for (const [key, each] of Object.entries(entries))
    flatten(into, name === '' ? key : `${name}.${key}`, each);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
