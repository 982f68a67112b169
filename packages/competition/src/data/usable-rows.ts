import { type Omission, PodiumError } from '@podium/core';
import {
  applyPatch,
  type DatasetDescription,
  type Finding,
  type Manifest,
  type ManifestRow,
  type Patch,
  type PatchEntry,
  type Report,
  withoutUnusedClasses,
  withReading,
} from '@podium/dataset';

/** Checks of images that cannot be used: accepting one leaves its rows out. Accepting another keeps its rows. */
export const FAULTS: ReadonlySet<string> = new Set([
  'empty-images',
  'unreadable-images',
  'truncated-images',
  'oversized-images',
]);
const MAX_EXAMPLES = 5;

type Split = 'train' | 'test';

/** What is done about findings. */
export interface Settling {
  /** Checks whose findings are accepted, by name. */
  readonly accept: readonly string[];
  /** What becomes of test rows without a prediction. */
  readonly unpredicted: 'refuse' | 'sample';
}

/** The rows that are used. */
export interface UsableRows {
  readonly train: Manifest;
  readonly test: readonly ManifestRow[];
  /** The patch, and what the settings leave out besides. */
  readonly patch: Patch;
  /** Test rows that are left out. */
  readonly omissions: readonly Omission[];
  /** Ids of test rows that the settings leave out: they keep what the sample submission has. */
  readonly unpredicted: readonly string[];
}

/**
 * Applies a patch, and leaves out the rows that the settings accept to lose. Images are decoded as inspection found right.
 * @throws PodiumError `dataset-error` if a row that cannot be used is left, and as `applyPatch`
 */
export function usableRows(
  { heads, train, test, missing }: DatasetDescription,
  report: Report,
  base: Patch,
  { accept, unpredicted }: Settling,
): UsableRows {
  const accepted = new Set(accept);
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  const drops = errors
    .filter(({ check }) => FAULTS.has(check))
    .flatMap(({ check, suggestedPatch = [] }) =>
      suggestedPatch.filter(
        (entry) => accepted.has(check) || (splitOf(entry) === 'test' && unpredicted === 'sample'),
      ),
    );
  const patch = joined(base, drops);
  const whole = { heads, rows: withReading(train, 'train', report) };
  const manifest = withoutUnusedClasses(applyPatch(whole, patch), whole);
  const tested = applyPatch({ heads, rows: withReading(test, 'test', report) }, patch, undefined, 'test');
  assertUsable(errors, { train: manifest.rows, test: tested.rows }, accepted);
  const absent = missing.filter(({ split }) => split === 'test' && accepted.has('missing-images'));
  const left = patch.entries.filter((entry) => splitOf(entry) === 'test' && entry.action === 'drop');
  return {
    train: manifest,
    test: tested.rows.map((row) => ({ ...row, labels: {} })),
    patch,
    omissions: testOmissions(left, test.length),
    unpredicted: [...left, ...absent].map(({ id }) => id),
  };
}

function splitOf({ split = 'train' }: PatchEntry): Split {
  return split;
}

/** A patch with more drops; rows that it drops already are dropped once. */
function joined(base: Patch, drops: readonly PatchEntry[]): Patch {
  const keyOf = (entry: PatchEntry) => JSON.stringify([splitOf(entry), entry.id]);
  const dropped = new Set(base.entries.filter(({ action }) => action === 'drop').map(keyOf));
  const more = drops.filter((entry) => !dropped.has(keyOf(entry)) && dropped.add(keyOf(entry)));
  const isDropped = new Set(more.map(keyOf));
  return { entries: [...base.entries.filter((entry) => !isDropped.has(keyOf(entry))), ...more] };
}

function testOmissions(left: readonly PatchEntry[], of: number): Omission[] {
  const reasons = [...new Set(left.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const ids = left.filter((entry) => entry.reason === reason).map(({ id }) => id);
    return {
      what: 'test rows',
      count: ids.length,
      of,
      reason: `they have no image that can be predicted (${reason})`,
      examples: ids.slice(0, MAX_EXAMPLES).map((id) => JSON.stringify(id)),
    };
  });
}

/** Rows that cannot be used would fail a training hours later. */
function assertUsable(
  errors: readonly Finding[],
  rows: Readonly<Record<Split, readonly ManifestRow[]>>,
  accepted: ReadonlySet<string>,
): void {
  const left = { train: idsOf(rows.train), test: idsOf(rows.test) };
  for (const { check, message, rows: ids, splits, fix } of errors) {
    if (accepted.has(check)) continue;
    const unusable = (['train', 'test'] as const).flatMap((split) => {
      const own = ids.filter((id, i) => splits[i] === split && left[split].has(id));
      return own.length === 0 ? [] : [described(split, own)];
    });
    if (unusable.length === 0) continue;
    throw new PodiumError({
      code: 'dataset-error',
      message: `${check}: ${message}`,
      got: unusable.join(', '),
      fix,
    });
  }
}

function idsOf(rows: readonly ManifestRow[]): Set<string> {
  return new Set(rows.map(({ id }) => id));
}

/** `2 test rows ("a", "b")`. */
function described(split: Split, ids: readonly string[]): string {
  const shown = ids.slice(0, 3).map((id) => JSON.stringify(id));
  const name = split === 'train' ? 'training row' : 'test row';
  const more = ids.length > shown.length ? ', ...' : '';
  return `${ids.length} ${name}${ids.length === 1 ? '' : 's'} (${shown.join(', ')}${more})`;
}
