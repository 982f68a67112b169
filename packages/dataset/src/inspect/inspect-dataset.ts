import { PodiumError } from '@podium/core';
import type { CheckLimits, Entry, Finding, Severity } from '../checks/check.ts';
import { checks } from '../checks/index.ts';
import type { DatasetDescription } from '../layouts/layout.ts';
import type { Patch, PatchEntry } from '../manifest/patch.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { Duplicates, type Embeddings } from './duplicates.ts';
import { MOST_NEAR_BITS } from './near-pairs.ts';
import { scanImages } from './scan-images.ts';

const DEFAULTS: CheckLimits = {
  rareClass: 10,
  maxPixels: 1e8,
  maxBytes: 2 ** 28,
  nearBits: 6,
  nearLeastSide: 48,
  embeddingSimilarity: 0.98,
};
const ORDER: readonly Severity[] = ['leak', 'error', 'warning', 'note'];

export interface InspectOptions {
  /** Names of checks to run. Default: all. */
  readonly checks?: readonly string[];
  /** Names of checks whose leaks do not fail the run. */
  readonly accept?: readonly string[];
  readonly limits?: Partial<CheckLimits>;
  /** Images from elsewhere that will train too. */
  readonly external?: { readonly root: string; readonly rows: readonly ManifestRow[] };
  /** Of training, test and external images, as far as there are any. */
  readonly embeddings?: Embeddings;
  /** Images in flight at once. Default 4. */
  readonly concurrency?: number;
  /** Is called after every image. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What the checks found. */
export interface Report {
  /** Leaks first, then errors, warnings and notes; within, by check. */
  readonly findings: readonly Finding[];
  /** The leaks that nobody accepted: with one of these, a run must not go on. */
  readonly failures: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
  /** Rows by split, and how many different images their readable images show. */
  readonly rows: { readonly train: number; readonly test: number; readonly external: number };
  readonly images: number;
}

/**
 * Looks at every image once and at all rows, and reports what could make scores a lie or training worse. The dataset's
 * files are only read. The report depends on the data alone, not on concurrency.
 * @throws PodiumError `registry-unknown-name` for a check that is not there, `inspect-settings` for limits out of range;
 * what `signal` was aborted with. Bad images are findings, not errors.
 */
export async function inspectDataset(
  description: DatasetDescription,
  options: InspectOptions = {},
): Promise<Report> {
  const limits = checkLimits({ ...DEFAULTS, ...options.limits });
  const wanted = options.checks === undefined ? [...checks] : options.checks.map((name) => checks.get(name));
  const accepted = new Set((options.accept ?? []).map((name) => checks.get(name).name));
  checkEmbeddings(options.embeddings);
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
  const scans = await scanImages(
    sources.map((source) => ({ root: source.root, source: source.row.image })),
    {
      ...limits,
      concurrency: options.concurrency ?? 4,
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
  };
}

/**
 * Ends a run that would report false scores.
 * @throws PodiumError `dataset-leak` naming every leak that is not accepted.
 */
export function refuseLeaks({ failures }: Report): void {
  if (failures.length === 0) return;
  const names = [...new Set(failures.map(({ check }) => check))];
  throw new PodiumError({
    code: 'dataset-leak',
    message: `scores would be too good to be true: ${failures.map(({ check, message }) => `${check}: ${message}`).join('; ')}`,
    fix: `${failures[0]?.fix}; what you have looked at and want to keep, accept by name (accept: ${names.join(', ')})`,
  });
}

/**
 * All changes that the findings suggest, as one patch to be reviewed: rows that several findings drop are dropped once,
 * and dropped rows are not changed otherwise. It changes training rows only.
 */
export function proposePatch(
  report: Pick<Report, 'findings'>,
  options: { readonly checks?: readonly string[] } = {},
): Patch {
  const chosen = options.checks?.map((name) => checks.get(name).name);
  const suggested = report.findings
    .filter(({ check }) => chosen === undefined || chosen.includes(check))
    .flatMap(({ suggestedPatch }) => suggestedPatch ?? []);
  const dropped = new Map<string, PatchEntry>();
  for (const entry of suggested)
    if (entry.action === 'drop' && !dropped.has(entry.id)) dropped.set(entry.id, entry);
  const others = suggested.filter((entry) => entry.action !== 'drop' && !dropped.has(entry.id));
  return { entries: [...[...dropped.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), ...others] };
}

/**
 * The ids of each set of training rows that show the same or nearly the same: for `assignFolds`' `together`, where
 * copies are kept instead of dropped.
 */
export function duplicateSets(report: Pick<Report, 'findings'>): readonly (readonly string[])[] {
  return report.findings
    .filter(
      ({ check }) =>
        check === 'exact-duplicates' || check === 'near-duplicates' || check === 'conflicting-labels',
    )
    .flatMap(({ sets }) => sets ?? []);
}

function checkLimits(limits: CheckLimits): CheckLimits {
  const ranges: Record<keyof CheckLimits, readonly [number, number]> = {
    rareClass: [0, Number.MAX_SAFE_INTEGER],
    maxPixels: [1, 2 ** 31],
    maxBytes: [1, 2 ** 31 - 1],
    nearBits: [0, MOST_NEAR_BITS],
    nearLeastSide: [0, Number.MAX_SAFE_INTEGER],
    embeddingSimilarity: [0.5, 1],
  };
  for (const [key, [least, most]] of Object.entries(ranges)) {
    const value = limits[key as keyof CheckLimits];
    if (value >= least && value <= most) continue;
    throw new PodiumError({
      code: 'inspect-settings',
      path: { key: `limits.${key}` },
      expected: `a number from ${least} to ${most}`,
      got: String(value),
    });
  }
  return limits;
}

function checkEmbeddings(embeddings: Embeddings | undefined): void {
  if (embeddings === undefined) return;
  const { ids, values, width } = embeddings;
  const good = Number.isInteger(width) && width > 0 && values.length === ids.length * width;
  if (good && values.every((value) => Number.isFinite(value))) return;
  throw new PodiumError({
    code: 'inspect-settings',
    path: { key: 'embeddings' },
    expected: `finite values, ${ids.length} ids x width`,
    got: `${values.length} values of width ${width}${good ? ', some not finite' : ''}`,
  });
}
