import { PodiumError } from '@podium/core';
import { parseDocument } from 'yaml';

/** One `key=value` of a command line. */
export interface Override {
  /** `train.epochs`, `models[0].epochs` */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  /** As it was written. */
  readonly text: string;
}

const KEY = /^\+{0,2}([\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_-]+|\[\d+\])*)=/u;

/** Whether an argument sets a setting (`train.epochs=5`), rather than naming a file. */
export function isOverride(argument: string): boolean {
  return KEY.test(argument);
}

/**
 * Reads `train.epochs=5`: a dotted key, as Hydra writes it (`models[0].epochs` or `models.0.epochs`), and a value in YAML.
 * @throws PodiumError `settings-override`
 */
export function parseOverride(text: string): Override {
  const [start, key] = KEY.exec(text) ?? [];
  if (start === undefined || key === undefined) {
    throw new PodiumError({
      code: 'settings-override',
      path: { file: COMMAND_LINE },
      expected: 'a setting and its value, such as train.epochs=5',
      got: JSON.stringify(text),
    });
  }
  const written = text.slice(start.length);
  const document = parseDocument(written, { prettyErrors: false, version: '1.2' });
  const [problem] = document.errors;
  const value: unknown = problem === undefined ? document.toJS({ maxAliasCount: 0 }) : undefined;
  if (problem !== undefined || isMissingSpace(value)) {
    throw new PodiumError({
      code: 'settings-override',
      path: { file: COMMAND_LINE, key },
      message:
        problem === undefined
          ? 'a colon without a space is part of the key'
          : `not valid YAML: ${problem.message}`,
      expected: 'a value in YAML, such as 5, [resnet18] or "{ name: focal, gamma: 2 }"',
      got: JSON.stringify(written),
      fix: 'write a space after each colon, and quote the whole argument, so that your shell leaves it as it is',
    });
  }
  const path = [...key.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? (/^\d+$/.test(name!) ? Number(name) : name!) : Number(index),
  );
  return { path, value, text };
}

/** Where an override is, in messages. */
export const COMMAND_LINE = 'the command line';

/**
 * Settings with overrides, one after the other. Objects on the way are made where they are missing; nothing is checked yet.
 * @param settings as the file gives them; they are not changed
 * @throws PodiumError `settings-override` if a key leads into a list that has no such entry, or into a plain value
 */
export function withOverrides(settings: object, overrides: readonly Override[]): object {
  const changed = copyOf(settings) as object;
  for (const override of overrides) set(changed, override);
  return changed;
}

function set(settings: object, { path, value }: Override): void {
  let owner = settings;
  for (const [depth, part] of path.slice(0, -1).entries()) {
    checkEntry(owner, path, depth);
    const given = Object.hasOwn(owner, part) ? (owner as Record<string | number, unknown>)[part] : undefined;
    const inner = given === undefined || given === null ? {} : spelledOut(given, path, depth);
    put(owner, part, inner);
    owner = inner;
  }
  checkEntry(owner, path, path.length - 1);
  put(owner, path.at(-1)!, value);
}

/** Not an assignment: `__proto__` would change the object instead of getting a key. */
function put(owner: object, key: string | number, value: unknown): void {
  Object.defineProperty(owner, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Names that stand for objects: `sgd` for `{ name: sgd }`, a model for `{ model: NAME }`. */
function spelledOut(given: unknown, path: readonly (string | number)[], depth: number): object {
  if (typeof given === 'object') return given as object;
  const whole = pathText(path.slice(0, depth + 1));
  if (typeof given === 'string') {
    if (/^models\[\d+\]$/.test(whole)) return { model: given };
    if (/\.(optimizer|loss|schedule|sampler)$/.test(whole)) return { name: given };
  }
  throw new PodiumError({
    code: 'settings-override',
    path: { file: COMMAND_LINE, key: pathText(path) },
    message: `${whole} is ${JSON.stringify(given)}, which has no keys`,
    fix: `set ${whole} as a whole`,
  });
}

function checkEntry(owner: object, path: readonly (string | number)[], depth: number): void {
  const part = path[depth]!;
  const whole = pathText(path.slice(0, depth));
  const isNumber = typeof part === 'number';
  if (Array.isArray(owner) ? isNumber && part <= owner.length : !isNumber || depth > 1) return;
  const count = Array.isArray(owner) ? owner.length : 0;
  throw new PodiumError({
    code: 'settings-override',
    path: { file: COMMAND_LINE, key: pathText(path) },
    message:
      count === 0 ? `${whole} is not set` : `${whole} has ${count} ${count === 1 ? 'entry' : 'entries'}`,
    ...(count > 0 && { expected: `an entry from 0 to ${count}`, got: String(part) }),
    fix: `set the whole list: ${whole}=[...]`,
  });
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
}

function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`))
    .join('');
}

/** `{name:focal}` is a set with the key "name:focal" in YAML. */
function isMissingSpace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).some(([key, inner]) => inner === null && /^[\w]+:\S/.test(key));
}
