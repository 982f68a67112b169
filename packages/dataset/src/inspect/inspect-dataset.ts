import { compareCodeUnits, type Decision, PodiumError } from '@podium/core';
import type { CheckLimits, Entry, EntrySplit, Finding, Severity } from '../checks/check.ts';
import { checks } from '../checks/index.ts';
import type { DatasetDescription } from '../layouts/layout.ts';
import type { Patch, PatchEntry, PatchSplit } from '../manifest/patch.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { shown, type ValueRange } from './choose-range.ts';
import { Duplicates, type Embeddings } from './duplicates.ts';
import { MAX_NEAR_BITS } from './near-pairs.ts';
import { scanImages } from './scan-images.ts';

const DEFAULTS: CheckLimits = {
  rareClass: 10,
  maxPixels: 1e8,
  maxBytes: 2 ** 28,
  nearBits: 6,
  nearMinSide: 48,
  embeddingSimilarity: 0.98,
};
const ORDER: readonly Severity[] = ['leak', 'error', 'warning', 'note'];

export interface InspectOptions {
  /** Names of the checks to run. Default: all. */
  readonly checks?: readonly string[];
  /** Names of checks whose leaks are accepted. */
  readonly accept?: readonly string[];
  readonly limits?: Partial<CheckLimits>;
  /** External images that will be used for training. */
  readonly external?: { readonly root: string; readonly rows: readonly ManifestRow[] };
  /** Embeddings of training, test and external images, as far as available. */
  readonly embeddings?: Embeddings;
  /**
   * The values that become black and white in images with more than 8 bits per channel, or `own` for those of each image.
   * Default: what all images of a type have in common; a finding if that is unclear.
   */
  readonly range?: ValueRange | 'own' | undefined;
  /** Whether what is left of damaged images is used. Default: they are faults. */
  readonly damaged?: 'drop' | 'use' | undefined;
  /** Images scanned at once. Default 4. */
  readonly concurrency?: number;
  /** Called after every image. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** The findings of all checks. */
export interface Report {
  /** Leaks, errors, warnings, notes; within each, by check. */
  readonly findings: readonly Finding[];
  /** Leaks that are not accepted; a run must stop. See `assertNoLeaks`. */
  readonly failures: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
  /** Number of rows per split. */
  readonly rows: { readonly train: number; readonly test: number; readonly external: number };
  /** Number of different readable images. */
  readonly images: number;
  /** What inspection chose: how images with more than 8 bits per channel are scaled. */
  readonly decisions: readonly Decision[];
  /** The same, by type of values. */
  readonly ranges: readonly { readonly type: string; readonly range: ValueRange }[];
  /** Rows whose images are decoded in a way of their own. */
  readonly reading: readonly RowReading[];
}

/** How the image of a row is decoded: what its `image` needs besides the path. */
export interface RowReading {
  readonly split: EntrySplit;
  readonly id: string;
  readonly range?: ValueRange;
  readonly damaged?: true;
}

/** Rows of a split whose images are decoded as inspection found right. */
export function withReading(
  rows: readonly ManifestRow[],
  split: EntrySplit,
  { reading }: Pick<Report, 'reading'>,
): ManifestRow[] {
  const byId = new Map(reading.filter((own) => own.split === split).map((own) => [own.id, own]));
  return rows.map((row) => {
    const { range, damaged } = byId.get(row.id) ?? {};
    if (row.image.kind !== 'file' || (range === undefined && damaged === undefined)) return row;
    return { ...row, image: { ...row.image, ...(range && { range }), ...(damaged && { damaged }) } };
  });
}

/**
 * Scans every image once, checks all rows, and reports what could inflate scores or harm training. Files are only
 * read. The report depends only on the data, not on concurrency.
 * @throws PodiumError `registry-unknown-name` for an unknown check, `inspect-settings` for limits out of range; the reason
 * of an aborted signal. Broken images are findings, not errors.
 *
 * @example
 * const report = await inspectDataset(await readDataset('data/masks'));
 * assertNoLeaks(report);
 * for (const { severity, message, fix } of report.findings) ...
 */
export async function inspectDataset(
  description: DatasetDescription,
  options: InspectOptions = {},
): Promise<Report> {
  const limits = assertLimits({ ...DEFAULTS, ...options.limits });
  const wanted = options.checks === undefined ? [...checks] : options.checks.map((name) => checks.get(name));
  const accepted = new Set((options.accept ?? []).map((name) => checks.get(name).name));
  assertEmbeddings(options.embeddings);
  const { root } = description;
  const sources = [
    ...description.train.map((row) => ({ split: 'train' as const, row, root })),
    ...description.test.map((row) => ({ split: 'test' as const, row, root })),
    ...(options.external?.rows ?? []).map((row) => ({
      split: 'external' as const,
      row,
      root: options.external!.root,
    })),
  ];
  const { scans, ranges } = await scanImages(
    sources.map((source) => ({ root: source.root, source: source.row.image })),
    {
      ...limits,
      concurrency: options.concurrency ?? 4,
      range: options.range,
      unclear: accepted.has('value-ranges') ? 'decode' : 'skip',
      damaged: options.damaged,
      ...(options.onProgress && { onProgress: options.onProgress }),
      ...(options.signal && { signal: options.signal }),
    },
  );
  const entries: Entry[] = sources.map(({ split, row }, i) => ({
    split,
    row,
    scan: scans[i]!,
  }));
  const context = {
    description,
    heads: description.heads,
    entries,
    duplicates: new Duplicates(entries, limits, options.embeddings),
    limits,
    ranges,
    hasRange: options.range !== undefined,
  };
  const findings: Finding[] = [];
  for (const check of wanted) {
    options.signal?.throwIfAborted();
    findings.push(...check.run(context));
  }
  findings.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const number = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  return {
    findings,
    failures: findings.filter(({ severity, check }) => severity === 'leak' && !accepted.has(check)),
    counts: {
      leak: number('leak'),
      error: number('error'),
      warning: number('warning'),
      note: number('note'),
    },
    rows: {
      train: description.train.length,
      test: description.test.length,
      external: options.external?.rows.length ?? 0,
    },
    images: new Set(scans.flatMap(({ pixels }) => pixels ?? [])).size,
    decisions: [...ranges.values()].flatMap((choice) => {
      if ('problem' in choice) return [];
      const { range = [0, 65_535], reason } = choice;
      return [{ key: 'data.range', value: range.map(shown).join(' to '), reason }];
    }),
    ranges: [...ranges].flatMap(([type, { range }]) => (range === undefined ? [] : [{ type, range }])),
    reading: entries.flatMap(({ split, row, scan: { range, lenient } }) =>
      range === undefined && lenient === undefined
        ? []
        : [
            {
              split,
              id: row.id,
              ...(range && { range }),
              ...(lenient && { damaged: true as const }),
            },
          ],
    ),
  };
}

/**
 * Stops a run whose scores would be inflated.
 * @throws PodiumError `dataset-leak` naming every leak that is not accepted
 */
export function assertNoLeaks({ failures }: Pick<Report, 'failures'>): void {
  if (failures.length === 0) return;
  const names = [...new Set(failures.map(({ check }) => check))];
  throw new PodiumError({
    code: 'dataset-leak',
    message: `leaks would inflate scores: ${failures.map(({ check, message }) => `${check}: ${message}`).join('; ')}`,
    fix: `${failures[0]?.fix}; to keep rows that you have reviewed, accept the checks by name (data.accept: [${names.join(', ')}])`,
  });
}

/**
 * All changes that the findings suggest, as one patch for review. Rows that several findings drop are dropped once, and
 * dropped rows are not changed otherwise. Test rows are dropped only if their image cannot be used.
 * @param options.splits whose rows are changed; default: both
 */
export function proposePatch(
  report: Pick<Report, 'findings'>,
  options: { readonly checks?: readonly string[]; readonly splits?: readonly PatchSplit[] } = {},
): Patch {
  const selected = options.checks?.map((name) => checks.get(name).name);
  const suggested = report.findings
    .filter(({ check }) => selected === undefined || selected.includes(check))
    .flatMap(({ suggestedPatch }) => suggestedPatch ?? [])
    .filter(({ split = 'train' }) => options.splits?.includes(split) ?? true);
  const keyOf = ({ split = 'train', id }: PatchEntry) => JSON.stringify([split, id]);
  const dropped = new Map<string, PatchEntry>();
  for (const entry of suggested)
    if (entry.action === 'drop' && !dropped.has(keyOf(entry))) dropped.set(keyOf(entry), entry);
  const others = suggested.filter((entry) => entry.action !== 'drop' && !dropped.has(keyOf(entry)));
  const bySplit = ({ split = 'train' }: PatchEntry) => (split === 'train' ? 0 : 1);
  const drops = [...dropped.values()].sort((a, b) => bySplit(a) - bySplit(b) || compareCodeUnits(a.id, b.id));
  return { entries: [...drops, ...others] };
}

/**
 * The ids of each set of identical or nearly identical training images: the option `together` of `assignFolds`, to keep
 * copies instead of dropping them.
 */
export function duplicateSets(report: Pick<Report, 'findings'>): readonly (readonly string[])[] {
  return report.findings
    .filter(
      ({ check }) =>
        check === 'exact-duplicates' || check === 'near-duplicates' || check === 'conflicting-labels',
    )
    .flatMap(({ sets }) => sets ?? []);
}

function assertLimits(limits: CheckLimits): CheckLimits {
  const ranges: Record<keyof CheckLimits, readonly [number, number]> = {
    rareClass: [0, Number.MAX_SAFE_INTEGER],
    maxPixels: [1, 2 ** 31],
    maxBytes: [1, 2 ** 31 - 1],
    nearBits: [0, MAX_NEAR_BITS],
    nearMinSide: [0, Number.MAX_SAFE_INTEGER],
    embeddingSimilarity: [0.5, 1],
  };
  for (const [key, [min, max]] of Object.entries(ranges)) {
    const value = limits[key as keyof CheckLimits];
    if (value >= min && value <= max) continue;
    throw new PodiumError({
      code: 'inspect-settings',
      path: { key: `limits.${key}` },
      expected: `a number from ${min} to ${max}`,
      got: String(value),
    });
  }
  return limits;
}

function assertEmbeddings(embeddings: Embeddings | undefined): void {
  if (embeddings === undefined) return;
  const { ids, values, width } = embeddings;
  const isShape = Number.isInteger(width) && width > 0 && values.length === ids.length * width;
  if (isShape && values.every((value) => Number.isFinite(value))) return;
  throw new PodiumError({
    code: 'inspect-settings',
    path: { key: 'embeddings' },
    expected: `finite values, ${ids.length} ids x width`,
    got: `${values.length} values of width ${width}${isShape ? ', some not finite' : ''}`,
  });
}
