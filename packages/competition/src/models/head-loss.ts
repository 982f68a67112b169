import type { Head, ManifestRow } from '@podium/dataset';
import {
  balancedClassWeights,
  createHeadsLoss,
  type HeadsLoss,
  type Head as LossHead,
  type LossOptions,
  losses,
  type TargetScale,
} from '@podium/training';
import { labelOf } from '../heads/scored-rows.ts';
import { type Named, nameAndOptions } from '../recipe/shared-schemas.ts';

/** By head of numbers. */
export type TargetScales = Readonly<Record<string, TargetScale>>;

interface LossSettings {
  /** Default: cross-entropy; binary cross-entropy for several labels per image; Huber's for numbers. */
  readonly loss?: Named;
  readonly labelSmoothing: number;
  readonly classWeights: 'none' | 'balanced';
  /** By head; default 1. */
  readonly headWeights: Readonly<Record<string, number>>;
}

/** The loss of all heads, by settings. @param rows those that train: balanced weights are theirs */
export function trainingLoss(
  heads: readonly Head[],
  rows: readonly ManifestRow[],
  settings: LossSettings,
): HeadsLoss {
  return createHeadsLoss(heads.map((head) => headLoss(head, rows, settings)));
}

/**
 * A loss for predicting, where only the heads matter.
 * @param scales of heads of numbers, by name: what restores their outputs
 */
export function evaluationLoss(heads: readonly Head[], scales: TargetScales = {}): HeadsLoss {
  const plain = { labelSmoothing: 0, classWeights: 'none', headWeights: {} } as const;
  return createHeadsLoss(
    heads.map((head) => {
      const own = headLoss(head, [], plain);
      return Object.hasOwn(scales, head.name) ? { ...own, scale: scales[head.name] } : own;
    }),
  );
}

/** By task, where the settings name no loss, or one for other heads. */
export const DEFAULT_LOSS: Readonly<Record<Head['task'], string>> = {
  'single-label': 'cross-entropy',
  'multi-label': 'binary-cross-entropy',
  regression: 'huber',
};

function headLoss(
  { name, classes, task, weights }: Head,
  rows: readonly ManifestRow[],
  { loss, labelSmoothing, classWeights, headWeights }: LossSettings,
): LossHead {
  const isSingle = task === 'single-label';
  const chosen = nameAndOptions(loss ?? DEFAULT_LOSS[task]);
  // Beside heads of classes, a loss of classes is not for numbers, and the other way around.
  const isOther = (task === 'regression') !== (losses.get(chosen.name).targets === 'numbers');
  const given = isOther ? nameAndOptions(DEFAULT_LOSS[task]) : chosen;
  const { shape } = losses.get(given.name).settings;
  return {
    name,
    classes: classes.length,
    task,
    weight: Object.hasOwn(headWeights, name) ? headWeights[name]! : 1,
    ...(task === 'regression' && rows.length > 0 && { scale: targetScale(name, classes.length, rows) }),
    loss: {
      name: given.name,
      ...('labelSmoothing' in shape && labelSmoothing > 0 && { labelSmoothing }),
      ...('classWeights' in shape &&
        classWeights === 'balanced' &&
        isSingle && { classWeights: balancedWeights(name, classes, rows) }),
      ...(weights !== undefined && { columnWeights: [...weights] }),
      ...given.options,
    } as LossOptions,
  };
}

/**
 * The mean and standard deviation of each column over these rows, by their weights: what targets are standardized by, inside
 * the fold. A column that does not vary is only shifted.
 */
export function targetScale(head: string, width: number, rows: readonly ManifestRow[]): TargetScale {
  const known = rows.flatMap((row) => {
    const label = labelOf(row, { name: head, classes: [] });
    return label === undefined || typeof label === 'string' ? [] : [{ label, weight: row.weight }];
  });
  const total = known.reduce((sum, { weight }) => sum + weight, 0);
  const columns = Array.from({ length: width }, (_, k) => k);
  const meanOf = (take: (label: readonly (string | number)[]) => number) =>
    known.reduce((sum, { label, weight }) => sum + weight * take(label), 0) / total;
  const mean = columns.map((k) => meanOf((label) => Number(label[k])));
  const std = columns.map((k) => Math.sqrt(meanOf((label) => (Number(label[k]) - mean[k]!) ** 2)) || 1);
  return total === 0 ? { mean: columns.map(() => 0), std: columns.map(() => 1) } : { mean, std };
}

function balancedWeights(head: string, classes: readonly string[], rows: readonly ManifestRow[]): number[] {
  const counts = classes.map(() => 0);
  for (const { labels } of rows) {
    const k = Object.hasOwn(labels, head) ? classes.indexOf(String(labels[head])) : -1;
    if (k >= 0) counts[k] = counts[k]! + 1;
  }
  return balancedClassWeights(counts, { method: 'effective' });
}
