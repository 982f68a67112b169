import { didYouMean, PodiumError } from '@podium/core';
import type { CombinatorEntry } from './combinator.ts';
import { isRecord, shownValue } from './json-values.ts';
import type { Step } from './lazy-image.ts';
import { combinators, transforms } from './registry.ts';
import { readSettings } from './settings/read-settings.ts';
import type { Opening, StepSettings } from './transform.ts';

/** One step as data: its name, and its settings spelled out. */
export type StepSpec = Readonly<Record<string, StepSettings>>;

/** A checked step, as data and as a function. */
export interface ParsedStep {
  readonly spec: StepSpec;
  readonly step: Step;
  readonly opening?: Opening | undefined;
}

/** A spec nested deeper than this is a mistake, or an attack on the stack. */
const MAX_DEPTH = 32;

/**
 * Checks a list of steps.
 * @param at where the list is, for messages: `augment` gives `augment[2].rotate.degrees`
 * @throws PodiumError `augment-spec` for an invalid step, `augment-setting` for an invalid setting
 */
export function parseSteps(spec: unknown, at: string, depth = 0): ParsedStep[] {
  if (!Array.isArray(spec)) fail(at, 'a list of steps, such as [{ "horizontalFlip": {} }]', spec);
  if (depth > MAX_DEPTH) fail(at, `steps nested at most ${MAX_DEPTH} deep`, spec);
  return (spec as unknown[]).map((step, i) => parseStep(step, `${at}[${i}]`, depth));
}

function parseStep(spec: unknown, at: string, depth: number): ParsedStep {
  const [name, settings] = typeof spec === 'string' ? [spec, {}] : onlyEntry(spec, at);
  const key = `${at}.${name}`;
  if (combinators.has(name)) return parseCombinator(combinators.get(name), settings, key, depth);
  if (!transforms.has(name)) unknownName(name, at);
  const entry = transforms.get(name);
  const checked = entry.parse(settings, key);
  return { spec: { [name]: checked }, step: entry.create(checked), opening: entry.opening(checked) };
}

function parseCombinator(entry: CombinatorEntry, settings: unknown, at: string, depth: number): ParsedStep {
  if (!Array.isArray(settings) && !isRecord(settings)) {
    fail(at, 'a list of steps, or an object with the list under "steps"', settings);
  }
  const { steps, ...rest } = Array.isArray(settings) ? { steps: settings } : settings;
  const parsed = parseSteps(steps, `${at}${Array.isArray(settings) ? '' : '.steps'}`, depth + 1);
  if (parsed.length === 0) fail(at, 'at least one step', []);
  const values: StepSettings = readSettings(entry.settings, rest, at);
  const problem = entry.check(values, parsed.length);
  if (problem) fail(`${at}.${problem.setting}`, problem.expected, values[problem.setting]);
  const step = entry.combine(
    parsed.map((part) => part.step),
    values,
  );
  return { spec: { [entry.name]: { steps: parsed.map((part) => part.spec), ...values } }, step };
}

function onlyEntry(spec: unknown, at: string): [name: string, settings: unknown] {
  const [entry, ...others] = isRecord(spec) ? Object.entries(spec) : [];
  if (entry === undefined || others.length > 0) {
    fail(
      at,
      'one step: its name, or an object of its name and settings, such as { "rotate": { "degrees": 10 } }',
      spec,
    );
  }
  return entry;
}

function unknownName(name: string, at: string): never {
  const names = [...transforms.names(), ...combinators.names()];
  const nearest = didYouMean(name, names);
  throw new PodiumError({
    code: 'augment-spec',
    path: { key: at },
    message: 'unknown step',
    // With a near name, the list of all of them would only bury it.
    ...(nearest === undefined
      ? { expected: names, got: JSON.stringify(name) }
      : { got: `${JSON.stringify(name)} (did you mean "${nearest}"?)` }),
    fix: nearest === undefined ? 'use one of these names' : `write "${nearest}"`,
  });
}

function fail(at: string, expected: string, got: unknown): never {
  throw new PodiumError({ code: 'augment-spec', path: { key: at }, expected, got: shownValue(got) });
}
