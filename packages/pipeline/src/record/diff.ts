import { renderReference } from '../graph/check-inputs.ts';
import { diffSettings } from '../plan/settings-diff.ts';
import type { RecordedInstance, RunRecord } from './record.ts';

/** One difference between two runs; undefined stands for something missing. */
export interface RunDifference {
  readonly kind:
    | 'engine'
    | 'git'
    | 'version'
    | 'source'
    | 'instance'
    | 'stage'
    | 'setting'
    | 'seed'
    | 'input'
    | 'output';
  /** Name of the version, source or instance. */
  readonly name?: string;
  /** Dotted path of the setting, name of the input or output. */
  readonly key?: string;
  readonly before: unknown;
  readonly now: unknown;
}

/**
 * All differences between two runs, in the order engine, git commit, versions, sources, instances. Outputs are compared
 * only if the keys are equal: otherwise a difference of the inputs explains them.
 */
export function diffRuns(before: RunRecord, now: RunRecord): RunDifference[] {
  const differences: RunDifference[] = [];
  const compare = (
    kind: RunDifference['kind'],
    a: unknown,
    b: unknown,
    name?: string,
    key?: string,
  ): void => {
    if (JSON.stringify(a) === JSON.stringify(b)) return;
    differences.push({ kind, name, key, before: a, now: b });
  };
  compare('engine', before.engine, now.engine);
  compare('git', before.gitCommit, now.gitCommit);
  for (const name of namesOf(before.versions, now.versions))
    compare('version', before.versions[name], now.versions[name], name);
  for (const name of namesOf(before.sources, now.sources))
    compare('source', before.sources[name]?.sha256, now.sources[name]?.sha256, name);
  const oldInstances = byName(before);
  const newInstances = byName(now);
  for (const name of new Set([...oldInstances.keys(), ...newInstances.keys()])) {
    const a = oldInstances.get(name);
    const b = newInstances.get(name);
    if (a === undefined || b === undefined) {
      compare('instance', a?.stage, b?.stage, name);
      continue;
    }
    compare('stage', `${a.stage} ${a.version}`, `${b.stage} ${b.version}`, name);
    compare('seed', a.seed, b.seed, name);
    for (const { key, ...change } of diffSettings(a.settings, b.settings))
      compare('setting', change.before, change.now, name, key);
    for (const input of namesOf(a.inputs, b.inputs)) {
      compare(
        'input',
        a.inputs[input]?.map(renderReference),
        b.inputs[input]?.map(renderReference),
        name,
        input,
      );
    }
    if (a.key !== b.key) continue;
    for (const output of namesOf(a.outputs, b.outputs)) {
      const x = a.outputs[output]?.sha256;
      const y = b.outputs[output]?.sha256;
      // A run that did not need an output has no hash of it.
      if (x !== undefined && y !== undefined) compare('output', x, y, name, output);
    }
  }
  return differences;
}

/** A difference as one line of text. */
export function renderRunDifference({ kind, name, key, before, now }: RunDifference): string {
  const change = `${show(before)} -> ${show(now)}`;
  switch (kind) {
    case 'engine':
      return `engine version: ${change}`;
    case 'git':
      return `git commit: ${change}`;
    case 'version':
      return `${name} version: ${change}`;
    case 'source':
      return `source ${name}: content changed (${change})`;
    case 'instance':
      return before === undefined ? `${name}: added` : `${name}: removed`;
    case 'output':
      return `${name}: same inputs, but a different ${key} (${change})`;
    default:
      return `${name}: ${kind}${key === undefined ? '' : ` ${key}`}: ${change}`;
  }
}

function show(value: unknown): string {
  if (value === undefined || value === null) return '(none)';
  // The beginning of a hash is enough for people.
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value.slice(0, 12);
  return JSON.stringify(value);
}

function namesOf(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function byName({ instances }: RunRecord): Map<string, RecordedInstance> {
  return new Map(instances.map((item) => [item.name, item]));
}
