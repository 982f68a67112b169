import type { z } from 'zod';
import { PodiumError, type Problem, type ProblemPath } from '../errors.ts';
import { canonicalText } from '../hash/hash-value.ts';
import { keysAt, unknownKeys } from './unknown-keys.ts';

/** Longer values are cut in messages. */
const MAX_SHOWN = 80;
/** Start of zod's default messages. */
const DEFAULT_MESSAGE = /^(Invalid|Too (small|big)|Unrecognized)/;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Where settings come from, for messages. */
export interface SettingsPlace {
  /** File that contains the settings. */
  readonly file?: string;
  /** Prefix of their keys: `train[fold=0].settings`. */
  readonly prefix?: string;
  /** Owner of the settings: `optimizer "adamw"`. */
  readonly owner?: string;
  /** Error code. Default: settings-invalid. */
  readonly code?: string;
}

/**
 * Checks settings against a zod schema and fills in defaults. Unknown keys are errors at every depth, even if the schema's
 * objects are not strict; only `z.looseObject` allows them.
 *
 * @throws PodiumError `settings-invalid` for the first problem, with the key, what was expected, the actual value and the
 * nearest valid key; its message lists further wrong keys. {@link settingsProblems} returns all problems.
 *
 * @example
 * const schema = z.strictObject({ steps: z.int().min(1).default(50).describe('Number of steps.') });
 * parseSettings(schema, { steps: 0 }, { owner: 'method "selection"', code: 'ensemble-setting' });
 * // steps: method "selection": expected a number >= 1, got 0
 */
export function parseSettings<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: SettingsPlace = {},
): z.output<Schema> {
  const problems = settingsProblems(schema, value, place);
  const [first, ...others] = problems;
  if (first === undefined) return schema.parse(value) as z.output<Schema>;
  const keys = others.map(({ path }) => path?.key ?? '').filter((key) => key !== '');
  const more = keys.length === 0 ? undefined : `also wrong: ${[...new Set(keys)].join(', ')}`;
  const message = [first.message, more].filter((part) => part !== undefined).join('; ');
  throw new PodiumError({ ...first, ...(message !== '' && { message }) });
}

/** All problems of settings, in the order of the schema; empty if they are valid. */
export function settingsProblems(schema: z.ZodType, value: unknown, place: SettingsPlace = {}): Problem[] {
  const unknown = unknownKeys(schema, value);
  const seen = new Set(unknown.map(({ path }) => path.join('\0')));
  const problems = unknown.map(({ path, known }) => unknownKey(path, known, place));
  const result = schema.safeParse(value);
  if (result.success) return problems;
  for (const issue of result.error.issues.flatMap((item) => relevant(item))) {
    if (issue.code !== 'unrecognized_keys') {
      problems.push(describe(issue, value, place));
      continue;
    }
    for (const key of issue.keys) {
      const path = [...issue.path, key];
      if (seen.has(path.join('\0'))) continue;
      problems.push(unknownKey(path, keysAt(schema, keysOf(issue.path)), place));
    }
  }
  return problems;
}

/**
 * Settings as plain JSON without undefined values, as they are hashed into keys.
 * @throws PodiumError `settings-not-json` if a transform of the schema returned something else
 */
export function jsonSettings(value: unknown, place: SettingsPlace): unknown {
  try {
    return JSON.parse(canonicalText(value));
  } catch (error) {
    const key = error instanceof PodiumError ? error.problem.path?.key : undefined;
    throw new PodiumError(
      {
        code: 'settings-not-json',
        message: 'settings are sent to another process and hashed into keys',
        path: pathOf(key === undefined ? [] : [key], place),
        expected: 'JSON: null, booleans, finite numbers, strings, lists and plain objects',
        got: error instanceof PodiumError ? (error.problem.got ?? 'something else') : 'an infinite number',
        fix: "return JSON from the schema's transforms, and create other objects inside the stage",
      },
      { cause: error },
    );
  }
}

/** For a union, the issues of the nearest branch: the deepest ones, then the fewest. */
function relevant(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const depth = (branch: readonly Issue[]) => Math.max(...branch.map(({ path }) => path.length));
  const branches = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  const nearest = branches[0] ?? [];
  if (depth(nearest) === 0) return [issue];
  return nearest.flatMap((item) => relevant({ ...item, path: [...issue.path, ...item.path] }));
}

function unknownKey(path: Path, known: readonly string[], place: SettingsPlace): Problem {
  const last = JSON.stringify(String(path.at(-1)));
  return {
    code: place.code ?? 'settings-invalid',
    message: place.owner === undefined ? 'unknown key' : `${place.owner} has no such setting`,
    path: pathOf(path, place),
    ...(known.length > 0 ? { expected: known } : { expected: 'no keys here' }),
    got: last,
  };
}

function describe(issue: Issue, settings: unknown, place: SettingsPlace): Problem {
  let value = settings;
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return {
    code: place.code ?? 'settings-invalid',
    message: place.owner,
    path: pathOf(issue.path, place),
    expected: expectation(issue),
    got: show(value),
  };
}

function expectation(issue: Issue): string | readonly string[] {
  // A schema's own message is better than a derived one.
  if (!DEFAULT_MESSAGE.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected);
    case 'invalid_value':
      return issue.values.map(String);
    case 'too_small':
    case 'too_big': {
      const small = issue.code === 'too_small';
      const limit = String(small ? issue.minimum : issue.maximum);
      if (issue.origin === 'number' || issue.origin === 'int')
        return `a number ${small ? '>' : '<'}${issue.inclusive ? '=' : ''} ${limit}`;
      const unit = issue.origin === 'string' ? 'character' : 'item';
      return `${small ? 'at least' : 'at most'} ${limit} ${unit}${limit === '1' ? '' : 's'}`;
    }
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return issue.pattern === undefined
        ? `text of the form "${issue.format}"`
        : `text like ${issue.pattern}`;
    case 'invalid_union': {
      if ('options' in issue && Array.isArray(issue.options)) return issue.options.map(String);
      const texts = issue.errors.flatMap((branch) => branch.slice(0, 1).map((item) => expectation(item)));
      return [...new Set(texts.map((text) => (typeof text === 'string' ? text : text.join('|'))))].join(
        ' or ',
      );
    }
    default:
      return issue.message;
  }
}

function article(type: string): string {
  const names: Readonly<Record<string, string>> = { array: 'list', int: 'whole number', record: 'object' };
  const name = names[type] ?? type;
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function pathOf(path: Path, { file, prefix }: SettingsPlace): ProblemPath {
  let key = prefix ?? '';
  for (const part of path) {
    if (typeof part === 'number') key += `[${part}]`;
    else key += `${key === '' ? '' : '.'}${String(part)}`;
  }
  return { file, ...(key !== '' && { key }) };
}

function keysOf(path: Path): (string | number)[] {
  return path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}
