import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { didYouMean, fileError, PodiumError, type Problem } from '@podium/core';
import { settingsProblems } from '@podium/core/settings';
import { createJiti } from 'jiti';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { userModules } from '../user-code/load-user-code.ts';
import { nameProblems } from './check-names.ts';
import { type Settings, type SettingsInput, settingsSchema } from './schema.ts';

/** Checked settings, and the file that they came from. */
export interface SettingsFile {
  readonly settings: Settings;
  /** Absolute. */
  readonly file: string;
  /** Absolute: what paths in the settings are relative to. */
  readonly folder: string;
}

const NAMES = ['podium.yaml', 'podium.yml', 'podium.config.ts', 'podium.config.js'] as const;
const MAX_LENGTH = 1 << 20;

/**
 * Reads and checks the settings in a file, or in the only settings file of a folder.
 * @throws PodiumError `settings-not-found`, `settings-ambiguous`, `settings-yaml`, `settings-invalid` naming the line, the
 * key, what was expected and the nearest valid key; further problems are listed
 */
export async function readSettings(path: string): Promise<SettingsFile> {
  const file = await findFile(resolve(path));
  const isModule = ['.ts', '.js', '.mjs'].includes(extname(file));
  return await checkSettings(isModule ? await fromModule(file) : await fromYaml(file), file);
}

/**
 * Checks settings that are already an object, as `podium.config.ts` would export them.
 * @param folder what paths in the settings are relative to
 * @throws PodiumError `settings-invalid`
 */
export async function settingsFrom(value: SettingsInput, folder: string): Promise<SettingsFile> {
  return await checkSettings({ value, lineOf: () => undefined }, join(resolve(folder), 'settings'));
}

async function checkSettings(parsed: Parsed, file: string): Promise<SettingsFile> {
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
  if (problems.length > 0) throw invalid(problems, parsed.lineOf);
  const settings = settingsSchema.parse(parsed.value);
  const folder = dirname(file);
  const unknown = await nameProblems(settings, folder);
  if (unknown.length > 0) {
    const placed = unknown.map((problem) => ({ ...problem, path: { ...problem.path, file } }));
    throw invalid(placed, parsed.lineOf);
  }
  return { settings, file, folder };
}

async function findFile(path: string): Promise<string> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  if (!isFolder) return path;
  const found: string[] = [];
  for (const name of NAMES) {
    const there = await stat(join(path, name)).catch(() => undefined);
    if (there?.isFile()) found.push(name);
  }
  if (found.length === 1) return join(path, found[0]!);
  throw new PodiumError(
    found.length === 0
      ? {
          code: 'settings-not-found',
          path: { file: path },
          message: 'this folder has no settings file',
          expected: NAMES,
          fix: 'create one with "podium init", or name the file',
        }
      : {
          code: 'settings-ambiguous',
          path: { file: path },
          message: `this folder has several settings files: ${found.join(', ')}`,
          fix: 'name the one to use',
        },
  );
}

interface Parsed {
  readonly value: unknown;
  /** The line of a key, counted from 1. */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
}

async function fromYaml(file: string): Promise<Parsed> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file, 'read');
  }
  if (text.length > MAX_LENGTH) {
    throw new PodiumError({
      code: 'settings-yaml',
      path: { file },
      message: 'this file is too long for settings',
      expected: `at most ${MAX_LENGTH} characters`,
      got: String(text.length),
    });
  }
  const lines = new LineCounter();
  // Recursive anchors must not fill the memory; "merge" and custom tags have no use here.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
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
    return { value: document.toJS({ maxAliasCount: 100 }), lineOf };
  } catch (error) {
    throw new PodiumError({
      code: 'settings-yaml',
      path: { file },
      message: (error as Error).message,
      fix: 'write it out without anchors and aliases',
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

function invalid(problems: readonly Problem[], lineOf: Parsed['lineOf']): PodiumError {
  const placed = problems.map((problem) => {
    const key = problem.path?.key;
    const line = key === undefined ? undefined : lineOf(keyPath(key));
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
