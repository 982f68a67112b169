import { type Omission, PodiumError } from '@podium/core';
import { type Head, type Manifest, readPatch } from '@podium/dataset';
import { labelOf } from '../heads/scored-rows.ts';
import type { Settings } from '../settings/schema.ts';
import type { DatasetSummary } from './dataset-summary.ts';

/** Without a setting: this share of the training rows may be left out. */
const USUAL_SHARE = 0.05;
/** And in small competitions, up to so many rows, if they are no larger a share than this. */
const FEW_ROWS = 5;
const FEW_SHARE = 0.1;
const MAX_EXAMPLES = 5;
/** What layouts call the rows that models are trained on. */
const TRAINING_ROWS = 'training rows';

/** What training leaves out, besides what the layout has left out. */
export interface LeftOut {
  readonly omissions: readonly Omission[];
  /** Throws if too many training rows are left out. @throws PodiumError `data-left-out` */
  readonly assertFew: () => void;
}

/**
 * Counts training rows that no model learns from: those without an image or a label, those that cannot be read, and those
 * that a patch drops.
 * @param read what the stage `read-data` has written: training rows, and the file of the patch that it has applied
 * @param trained names of the heads that models are trained for
 */
export async function leftOut(
  { data }: Pick<Settings, 'data'>,
  { heads, format }: Pick<DatasetSummary, 'heads' | 'format'>,
  read: { readonly train: Pick<Manifest, 'rows'>; readonly patch: string },
  trained: readonly string[],
): Promise<LeftOut> {
  const { rows } = read.train;
  const { entries } = await readPatch(read.patch);
  const dropped = entries.filter(({ action, split = 'train' }) => action === 'drop' && split === 'train');
  const before = format.omissions.filter(({ what }) => what === TRAINING_ROWS);
  const of = rows.length + dropped.length + sum(before);
  const patched = [...new Set(dropped.map(({ reason }) => reason))].map((reason) => {
    const ids = dropped.filter((entry) => entry.reason === reason).map(({ id }) => id);
    const [check = ''] = reason.split(':');
    // What the settings ask for is no surprise.
    const isAsked =
      check === 'rare-classes' ||
      data.accept.includes(check) ||
      (data.patch !== 'auto' && data.patch !== 'none');
    return { isAsked, omission: omission(ids, of, `the patch drops them (${reason})`) };
  });
  const unlabeled = trained.flatMap((name) => {
    const head = heads.find((item) => item.name === name);
    return head === undefined ? [] : withoutLabel(rows, head, of);
  });
  const surprising = [...before, ...patched.flatMap(({ isAsked, omission: own }) => (isAsked ? [] : [own]))];
  // A row may lack the labels of several heads: the head with the fewest labels counts.
  const worst = unlabeled.toSorted((a, b) => b.count - a.count).slice(0, 1);
  return {
    omissions: [...patched.map(({ omission: own }) => own), ...unlabeled],
    assertFew: () => assertFew([...surprising, ...worst], of, data),
  };
}

function withoutLabel(rows: Manifest['rows'], head: Head, of: number): Omission[] {
  const without = rows.filter((row) => labelOf(row, head) === undefined);
  if (without.length === 0) return [];
  const ids = without.map(({ id }) => id);
  return [omission(ids, of, `they have no label of "${head.name}"`)];
}

function omission(ids: readonly string[], of: number, reason: string): Omission {
  const examples = ids.slice(0, MAX_EXAMPLES).map((id) => JSON.stringify(id));
  return { what: TRAINING_ROWS, count: ids.length, of, reason, examples };
}

function assertFew(omissions: readonly Omission[], of: number, data: Settings['data']): void {
  const count = sum(omissions);
  const allowed =
    data.leaveOut === undefined
      ? Math.max(USUAL_SHARE * of, Math.min(FEW_ROWS, FEW_SHARE * of))
      : data.leaveOut * of;
  if (count <= allowed + 1e-9) return;
  const share = Math.min(1, Math.ceil((count / of) * 100) / 100);
  const reasons = omissions.map(
    ({ count: some, reason, examples }) => `${some} because ${reason} (${examples.slice(0, 3).join(', ')})`,
  );
  throw new PodiumError({
    code: 'data-left-out',
    path: { file: data.folder },
    message: `${count} of ${of} training rows would be left out: ${reasons.join('; ')}`,
    expected: `at most ${Math.floor(allowed)}${data.leaveOut === undefined ? '' : `, by data.leaveOut: ${data.leaveOut}`}`,
    got: String(count),
    fix: `correct the table or the images ("podium inspect" shows what is wrong), or set data.leaveOut: ${share} to train without these rows`,
  });
}

function sum(omissions: readonly Omission[]): number {
  return omissions.reduce((total, { count }) => total + count, 0);
}
