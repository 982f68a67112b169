import { createHash } from 'node:crypto';
import { canonicalText, fileError, openFile, PodiumError, parseJson, writeFileAtomic } from '@podium/core';
import { checkRows } from './check-rows.ts';
import { classesOf, softLabelOf } from './row-labels.ts';
import type { Head, ImageSource, ManifestRow, Provenance } from './types.ts';

const FORMAT = 'podium-manifest/1';
const CHUNK_ROWS = 500;
const CHUNK_BYTES = 2 ** 18;

/** Rows and heads: the input of folds, loaders and training. */
export interface Manifest {
  readonly heads: readonly Head[];
  readonly rows: readonly ManifestRow[];
}

/**
 * The manifest without classes that no row has, for patches that drop all rows of a class. Order and names of the other
 * classes stay; heads without any labels stay as they are.
 *
 * @param before the manifest before the patch: classes that had no rows then belong to the competition, and stay
 */
export function withoutUnusedClasses<M extends Manifest>(manifest: M, before?: Manifest): M {
  const heads = manifest.heads.map((head) => {
    const used = usedClasses(head, manifest.rows);
    const usedBefore = before === undefined ? new Set(head.classes) : usedClasses(head, before.rows);
    const stays = (name: string) => used.has(name) || !usedBefore.has(name);
    return used.size === 0 ? head : { ...head, classes: head.classes.filter(stays) };
  });
  const kept = heads.map((head, h) => head.classes.map((name) => manifest.heads[h]!.classes.indexOf(name)));
  const rows = manifest.rows.map((row) => {
    if (row.softLabels === undefined) return row;
    const soft = Object.entries(row.softLabels).map(([name, values]) => {
      const h = heads.findIndex((head) => head.name === name);
      return [name, (kept[h] ?? []).map((k) => values[k]!)];
    });
    return { ...row, softLabels: Object.fromEntries(soft) };
  });
  return { ...manifest, heads, rows };
}

function usedClasses({ name: head, classes }: Head, rows: readonly ManifestRow[]): Set<string> {
  const used = new Set<string>();
  for (const row of rows) {
    for (const name of classesOf(row, head)) used.add(name);
    for (const [k, value] of (softLabelOf(row, head) ?? []).entries()) {
      if (value > 0) used.add(classes[k]!);
    }
  }
  return used;
}

/**
 * SHA-256 of heads and rows, in order: the same for the same content. It covers the locations of images, not their
 * pixels.
 */
export function hashManifest(manifest: Manifest): string {
  const hash = createHash('sha256');
  for (const line of lines(manifest)) hash.update(line);
  return hash.digest('hex');
}

/**
 * Writes a manifest as JSON lines, atomically: first the format and the heads, then one line per row. Equal manifests give
 * equal bytes.
 * @throws PodiumError `manifest-malformed`, and like `writeFileAtomic`
 */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  checkRows(manifest.rows, manifest.heads);
  await writeFileAtomic(path, lines(manifest));
}

function* lines({ heads, rows }: Manifest): Generator<string, void> {
  yield `${canonicalText({ format: FORMAT, heads, rows: rows.length })}\n`;
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const texts = rows.slice(start, start + CHUNK_ROWS).map((row) => `${canonicalText(row)}\n`);
    yield texts.join('');
  }
}

/**
 * Reads and checks a manifest written by {@link writeManifest}.
 * @throws PodiumError `manifest-malformed` naming the line; `file-not-found` and other file errors
 */
export async function readManifest(path: string): Promise<Manifest> {
  const rows: ManifestRow[] = [];
  let head: ManifestHead | undefined;
  let line = 0;
  for await (const texts of linesOf(path)) {
    for (const text of texts) {
      line++;
      const value = parseLine(text, path, line);
      if (head === undefined) head = parseHead(value, path);
      else rows.push(parseRow(value, path, line));
    }
  }
  if (head === undefined) malformed(path, 1, 'the format and the heads', 'an empty file');
  if (head.rows !== rows.length)
    malformed(path, line, `${head.rows} rows, as in the first line`, `${rows.length}`);
  checkRows(rows, head.heads, path);
  return { heads: head.heads, rows };
}

/** What the first line of a manifest says. */
export interface ManifestHead {
  readonly heads: readonly Head[];
  /** How many there are. */
  readonly rows: number;
}

/**
 * Reads the first line of a manifest alone.
 * @throws PodiumError as {@link readManifest}
 */
export async function readManifestHead(path: string): Promise<ManifestHead> {
  for await (const [text] of linesOf(path))
    if (text !== undefined) return parseHead(parseLine(text, path, 1), path);
  return malformed(path, 1, 'the format and the heads', 'an empty file');
}

/** The lines of a file, many at once. */
async function* linesOf(path: string): AsyncGenerator<readonly string[]> {
  let rest = '';
  try {
    const input = (await openFile(path)).createReadStream({ encoding: 'utf8', highWaterMark: CHUNK_BYTES });
    for await (const chunk of input as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      yield lines;
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  if (rest !== '') yield [rest];
}

function parseLine(text: string, file: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return malformed(file, line, 'a JSON object', JSON.stringify(text.slice(0, 80)));
  }
  return isObject(value) ? value : malformed(file, line, 'a JSON object', text.slice(0, 80));
}

function parseHead(value: Record<string, unknown>, file: string): ManifestHead {
  if (value.format !== FORMAT)
    malformed(file, 1, `format "${FORMAT}"`, JSON.stringify(value.format) ?? 'none');
  const heads = Array.isArray(value.heads) ? (value.heads as unknown[]) : [];
  const areHeads = heads.every(
    (head) =>
      isObject(head) &&
      typeof head.name === 'string' &&
      (head.task === 'single-label' || head.task === 'multi-label' || head.task === 'regression') &&
      isTexts(head.classes) &&
      (head.weights === undefined || isNumbers(head.weights)) &&
      [head.min, head.max].every((value) => value === undefined || typeof value === 'number'),
  );
  if (!areHeads || typeof value.rows !== 'number') {
    malformed(
      file,
      1,
      'heads with name, task and classes, and the number of rows',
      JSON.stringify(value).slice(0, 80),
    );
  }
  return { heads: heads as Head[], rows: value.rows as number };
}

function parseRow(value: Record<string, unknown>, file: string, line: number): ManifestRow {
  const invalid = (key: string, expected: string): never =>
    malformed(file, line, expected, (JSON.stringify(value[key]) ?? 'nothing').slice(0, 80), key);
  if (typeof value.id !== 'string') invalid('id', 'a string');
  if (!isSource(value.image)) invalid('image', 'a source: file, raw or text, with its path');
  if (
    !isObject(value.labels) ||
    !Object.values(value.labels).every((x) => typeof x === 'string' || isTexts(x) || isNumbers(x))
  ) {
    invalid('labels', 'a class, a list of classes or a list of numbers per head');
  }
  const soft = value.softLabels;
  if (soft !== undefined && !(isObject(soft) && Object.values(soft).every(isNumbers))) {
    invalid('softLabels', 'a list of probabilities per head');
  }
  if (value.group !== undefined && typeof value.group !== 'string') invalid('group', 'a string');
  if (value.fold !== undefined && typeof value.fold !== 'number') invalid('fold', 'a number');
  if (typeof value.weight !== 'number') invalid('weight', 'a number');
  if (!isProvenance(value.provenance))
    invalid('provenance', 'true, external with source, or pseudo with teacher, round, confidence');
  return value as unknown as ManifestRow;
}

function isSource(value: unknown): value is ImageSource {
  if (!isObject(value) || typeof value.path !== 'string') return false;
  if (value.kind === 'file') {
    const { range, damaged } = value;
    const isRange = range === undefined || (isNumbers(range) && range.length === 2 && range[0]! < range[1]!);
    return isRange && (damaged === undefined || typeof damaged === 'boolean');
  }
  const keys = ['offset', 'width', 'height', 'channels', ...(value.kind === 'text' ? ['length'] : [])];
  const areWhole = keys.every((key) => Number.isSafeInteger(value[key]) && (value[key] as number) >= 0);
  return (value.kind === 'raw' || value.kind === 'text') && areWhole;
}

function isProvenance(value: unknown): value is Provenance {
  if (!isObject(value)) return false;
  if (value.kind === 'true') return true;
  if (value.kind === 'external') return typeof value.source === 'string';
  return (
    value.kind === 'pseudo' &&
    typeof value.teacher === 'string' &&
    typeof value.round === 'number' &&
    typeof value.confidence === 'number'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

function malformed(file: string, line: number, expected: string, got: string, key?: string): never {
  throw new PodiumError({
    code: 'manifest-malformed',
    message: 'not a manifest written by Podium',
    path: { file, line, key },
    expected,
    got,
    fix: 'recreate it from the competition folder',
  });
}
