import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  assertOwn,
  type Decision,
  didYouMean,
  fileError,
  PodiumError,
  type Problem,
  readText,
} from '@podium/core';
import { settingsProblems } from '@podium/core/settings';
import { createJiti } from 'jiti';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { assertTrusted, type Trust } from '../trust/assert-trusted.ts';
import { userModules } from '../user-code/load-user-code.ts';
import { canonicalNames } from './canonical-names.ts';
import { nameProblems } from './check-names.ts';
import { meantKey } from './meant-key.ts';
import { COMMAND_LINE, type Override, parseOverride, withOverrides } from './overrides.ts';
import { type Settings, type SettingsInput, settingsSchema } from './schema.ts';

/** Checked settings, and the file that they came from. */
export interface SettingsFile {
  readonly settings: Settings;
  /** Absolute. */
  readonly file: string;
  /** Absolute: what paths in the settings are relative to. */
  readonly folder: string;
  /** What was taken for what: `auc` for a metric. Default: nothing. */
  readonly decisions?: readonly Decision[];
  /** Code that these settings name may run: a program wrote them itself, or trusts them. Default: false. */
  readonly isTrusted?: boolean;
}

const NAMES = ['podium.yaml', 'podium.yml', 'podium.config.ts', 'podium.config.js'] as const;
const MAX_BYTES = 1 << 20;

/**
 * Reads and checks the settings in a file, or in the only settings file of a folder.
 * @param overrides settings of a command line, such as `train.epochs=5`: they win, and are checked as the file is
 * @param options.trust whether a `podium.config.ts` may run; default: only if it was trusted before
 * @throws PodiumError `untrusted`, `settings-not-found`, `settings-ambiguous`, `settings-yaml`, `settings-override`, `settings-invalid`
 * naming the line, the key, what was expected and the nearest valid key; further problems are listed
 *
 * @example
 * const { settings } = await readSettings('masks', ['train.epochs=5', 'models=[resnet18]']);
 */
export async function readSettings(
  path: string,
  overrides: readonly string[] = [],
  { trust }: { readonly trust?: Trust | undefined } = {},
): Promise<SettingsFile> {
  const parsedOverrides = overrides.map(parseOverride);
  const file = await findFile(resolve(path));
  const isModule = ['.ts', '.js', '.mjs'].includes(extname(file));
  await assertOwn(dirname(file), { what: 'project' });
  await assertOwn(file, { what: 'settings file' });
  if (isModule) await assertTrusted({ folder: dirname(file), modules: [file] }, trust);
  const given = isModule ? await fromModule(file) : await fromYaml(file);
  return { ...(await checkSettings(given, file, parsedOverrides)), isTrusted: trust === true };
}

/**
 * Checks settings that are already an object, as `podium.config.ts` would export them.
 * @param folder what paths in the settings are relative to
 * @param overrides see {@link readSettings}
 * @throws PodiumError `settings-invalid`, `settings-override`
 */
export async function settingsFrom(
  value: SettingsInput,
  folder: string,
  overrides: readonly string[] = [],
): Promise<SettingsFile> {
  const file = join(resolve(folder), 'settings');
  const checked = await checkSettings({ value, lineOf: () => undefined }, file, overrides.map(parseOverride));
  return { ...checked, isTrusted: true };
}

async function checkSettings(
  given: Parsed,
  file: string,
  overrides: readonly Override[],
): Promise<SettingsFile> {
  const parsed = overridden(given, overrides);
  if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
    throw new PodiumError({
      code: 'settings-invalid',
      path: { file, line: 1 },
      expected:
        'an object of settings: "competition: NAME" on a line, "data: { folder: FOLDER }" on the next',
      got: JSON.stringify(parsed.value)?.slice(0, 80) ?? 'nothing',
      fix: '"podium init" writes settings with every key explained',
    });
  }
  const problems = settingsProblems(settingsSchema, parsed.value, { file });
  if (problems.length > 0)
    throw invalid(
      problems.map((problem) => withMeantKey(problem, parsed)),
      parsed,
    );
  const { settings, decisions } = canonicalNames(settingsSchema.parse(parsed.value));
  const folder = dirname(file);
  const unknown = await nameProblems(settings, folder);
  if (unknown.length > 0) {
    const placed = unknown.map((problem) => ({ ...problem, path: { ...problem.path, file } }));
    throw invalid(placed, parsed);
  }
  return { settings, file, folder, decisions };
}

/** The settings with overrides; a value that is no object is reported as it is. */
function overridden(given: Parsed, overrides: readonly Override[]): Parsed {
  const { value } = given;
  if (overrides.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value))
    return given;
  return { ...given, value: withOverrides(value, overrides), overrideAt: (path) => overrideAt(path) };

  /** The override that a key comes from: it sets the key or something around it, or made it. */
  function overrideAt(path: readonly (string | number)[]): Override | undefined {
    return overrides.findLast(
      (override) =>
        path.every((part, i) => i >= override.path.length || part === override.path[i]) &&
        (path.length >= override.path.length || !isThere(value, path)),
    );
  }
}

function isThere(value: unknown, path: readonly (string | number)[]): boolean {
  let inner = value;
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, part)) return false;
    inner = (inner as Record<string | number, unknown>)[part];
  }
  return true;
}

/** Names the setting that an unknown key means in other tools or on another level: `lr` is `train.learningRate`. */
function withMeantKey(problem: Problem, { overrideAt }: Parsed): Problem {
  const key = problem.path?.key;
  if (problem.message !== 'unknown key' || key === undefined) return problem;
  const meant = meantKey(key);
  if (meant === undefined) return problem;
  const owner = key.slice(0, key.lastIndexOf('.') + 1);
  const shown = meant.startsWith(owner) ? meant.slice(owner.length) : meant;
  const override = overrideAt?.(keyPath(key));
  const fix =
    override === undefined
      ? `write ${inYaml(meant)}`
      : `write ${meant}${override.text.slice(override.text.indexOf('='))}`;
  // Without the list of all keys, the nearest of which would be another guess.
  return { ...problem, expected: undefined, got: `${problem.got} (did you mean "${shown}"?)`, fix };
}

/** `train.learningRate` -> `"train: { learningRate: ... }"` */
function inYaml(path: string): string {
  const parts = path.replace(/^models\[\d*\]\./, '').split('.');
  const inner = parts.reduceRight(
    (text, part, i) => (i === parts.length - 1 ? `${part}: ...` : `${part}: { ${text} }`),
    '',
  );
  return `"${inner}"${path.startsWith('models[') ? ' in the entry of models' : ''}`;
}

async function findFile(path: string): Promise<string> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? await nothingThere(path)
      : fileError(error, path, 'read');
  }
  if (!isFolder) return path;
  const found = await settingsIn(path);
  if (found.length === 1) return join(path, found[0]!);
  throw new PodiumError(
    found.length === 0
      ? {
          code: 'settings-not-found',
          path: { file: path },
          message: 'this folder has no settings file',
          expected: NAMES,
          fix: await whereSettingsAre(path),
        }
      : {
          code: 'settings-ambiguous',
          path: { file: path },
          message: `this folder has several settings files: ${found.join(', ')}`,
          fix: 'name the one to use',
        },
  );
}

/** Names of the settings files in a folder. */
export async function settingsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of NAMES) {
    const there = await stat(join(folder, name)).catch(() => undefined);
    if (there?.isFile()) found.push(name);
  }
  return found;
}

async function nothingThere(path: string): Promise<PodiumError> {
  const beside = await readdir(dirname(path)).catch(() => []);
  const near = didYouMean(basename(path), beside);
  return new PodiumError({
    code: 'settings-not-found',
    path: { file: path },
    message: 'there is no such file or folder',
    expected: 'a settings file such as podium.yaml, or the folder of one',
    fix: near === undefined ? 'check the path; "podium init" writes settings' : `did you mean ${near}?`,
  });
}

/** Settings may be one level down, where `podium init` puts those of a second competition. */
async function whereSettingsAre(folder: string): Promise<string> {
  const folders: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory() && (await settingsIn(join(folder, entry.name))).length > 0)
      folders.push(entry.name);
  folders.sort();
  return folders.length === 0
    ? 'create one with "podium init", or name the file'
    : `name the folder of one: ${folders.slice(0, 5).join(', ')}`;
}

interface Parsed {
  readonly value: unknown;
  /** The override that a key comes from; undefined where there are none. */
  readonly overrideAt?: (path: readonly (string | number)[]) => Override | undefined;
  /** The line of a key, counted from 1. */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
}

async function fromYaml(file: string): Promise<Parsed> {
  const text = await readText(file, { maxBytes: MAX_BYTES });
  const lines = new LineCounter();
  const document = parsed(text, lines, file);
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new PodiumError({
      code: 'settings-yaml',
      path: { file, line: lines.linePos(problem.pos[0]).line },
      message: `not valid YAML: ${problem.message}`,
      fix: 'correct the line; settings are "key: value", and what belongs to a key is indented by two spaces',
    });
  }
  const lineOf = (path: readonly (string | number)[]): number | undefined => {
    // A missing key has no line of its own: use that of its parent.
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const pair = keyNode(document, path.slice(0, length));
      const range = pair?.range ?? (isNode(node) ? node.range : undefined);
      if (range) return lines.linePos(range[0]).line;
    }
    return undefined;
  };
  try {
    // Anchors must not fill the memory.
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    // Throws for a value that contains itself: "&a [*a]".
    JSON.stringify(value);
    return { value, lineOf };
  } catch (error) {
    throw new PodiumError({
      code: 'settings-yaml',
      path: { file },
      message: `not usable as settings: ${(error as Error).message.split('\n', 1)[0]}`,
      fix: 'write it out without anchors and aliases',
    });
  }
}

/** "merge" and custom tags have no use here. */
function parsed(text: string, lineCounter: LineCounter, file: string) {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, version: '1.2' });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PodiumError({
      code: 'settings-yaml',
      path: { file },
      message: 'lists or objects are nested too deeply for settings',
      fix: '"podium init" writes settings with every key explained',
    });
  }
}

/** The key node itself, whose line is the one to report. */
function keyNode(document: ReturnType<typeof parseDocument>, path: readonly (string | number)[]) {
  if (path.length === 0) return undefined;
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (typeof parent !== 'object' || parent === null || !('items' in parent)) return undefined;
  for (const item of parent.items as { key?: unknown }[]) {
    const { key } = item;
    if (isNode(key) && 'value' in key && String(key.value) === String(path.at(-1))) return key;
  }
  return undefined;
}

async function fromModule(file: string): Promise<Parsed> {
  await stat(file).catch((error: unknown) => {
    throw fileError(error, file, 'read');
  });
  let value: unknown;
  try {
    const options = { moduleCache: false, fsCache: false, virtualModules: await userModules() };
    value = await createJiti(pathToFileURL(file).href, options).import(file, { default: true });
  } catch (error) {
    throw new PodiumError(
      {
        code: 'settings-module',
        path: { file },
        message: `the settings could not be loaded: ${(error as Error).message}`,
        fix: 'correct the file; it must "export default defineConfig({ ... })"',
      },
      { cause: error },
    );
  }
  return { value, lineOf: () => undefined };
}

function invalid(problems: readonly Problem[], { lineOf, overrideAt }: Parsed): PodiumError {
  const placed = problems.map((problem) => {
    const key = problem.path?.key;
    const path = key === undefined ? [] : keyPath(key);
    if (key !== undefined && overrideAt?.(path) !== undefined)
      return { ...problem, path: { file: COMMAND_LINE, key, line: undefined } };
    const line = key === undefined ? undefined : lineOf(path);
    return { ...problem, path: { ...problem.path, line } };
  });
  const [first, ...others] = placed as [(typeof placed)[number], ...typeof placed];
  const more = others.map(
    ({ path }) => `${path.key ?? 'all of it'}${path.line === undefined ? '' : ` (line ${path.line})`}`,
  );
  return new PodiumError({
    ...first,
    ...(more.length > 0 && {
      message: [first.message, `also wrong: ${[...new Set(more)].join(', ')}`]
        .filter((x) => x !== undefined)
        .join('; '),
    }),
    fix: first.fix ?? nearest(first) ?? 'correct it; "podium init" writes settings with every key explained',
  });
}

function nearest({ expected, got }: Problem): string | undefined {
  if (typeof expected === 'string' || expected === undefined || got === undefined) return undefined;
  const near = didYouMean(got.replaceAll('"', ''), expected);
  return near === undefined ? undefined : `write ${near}`;
}

/** `models[0].epochs` -> `['models', 0, 'epochs']` */
function keyPath(key: string): (string | number)[] {
  return [...key.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? name! : Number(index),
  );
}
