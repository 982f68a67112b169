import type { Decide } from '@podium/core';
import { models as zoo } from '@podium/model-zoo';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import type { ResolvedModel } from './resolve-config.ts';

/** Multiply-adds per second and core in training, everything included: measured on ordinary servers, rounded down. */
const TRAINING_RATE = 4e9;
/** Of a network that nothing is known of, at 224 pixels. */
const UNKNOWN_MULTIPLY_ADDS = 1e9;

interface TimeBudget {
  /** `2 h`; undefined for no limit. */
  readonly timeLimit: string | undefined;
  readonly dataset: DatasetSummary;
  readonly folds: number;
  readonly cores: number;
  readonly decide: Decide;
}

/**
 * Shortens trainings that would take longer than the limit, estimated in advance from the networks' multiply-adds: one seed
 * each first, then fewer epochs, then fewer models, the most expensive ones first.
 */
export function shortenToLimit(
  models: readonly ResolvedModel[],
  { timeLimit, dataset, folds, cores, decide }: TimeBudget,
): readonly ResolvedModel[] {
  if (timeLimit === undefined) return models;
  const limit = secondsOf(timeLimit);
  const cost = ({ method, epochs, seeds, ...model }: ResolvedModel) =>
    method === 'probe'
      ? 0
      : (3 * multiplyAdds(model) * dataset.rows * epochs * folds * seeds.length) / (TRAINING_RATE * cores);
  const total = (some: readonly ResolvedModel[]) => some.reduce((sum, model) => sum + cost(model), 0);
  const before = total(models);
  if (before <= limit) return models;
  let kept = models.map((model) => ({ ...model, seeds: model.seeds.slice(0, 1) }));
  const share = Math.min(1, limit / Math.max(total(kept), 1));
  kept = kept.map((model) =>
    model.method === 'probe' ? model : { ...model, epochs: Math.max(1, Math.floor(model.epochs * share)) },
  );
  while (kept.length > 1 && total(kept) > limit) {
    const dearest = kept.reduce((most, model) => (cost(model) > cost(most) ? model : most));
    kept = kept.filter((model) => model !== dearest);
  }
  decide(
    'timeLimit',
    kept
      .map(({ name, epochs, method }) => `${name}${method === 'probe' ? '' : `, ${epochs} epochs`}`)
      .join('; '),
    `about ${minutes(before)} of training would exceed ${timeLimit}; now about ${minutes(total(kept))}`,
  );
  return kept;
}

/** Of one image. */
function multiplyAdds({ model, imageSize }: Pick<ResolvedModel, 'model' | 'imageSize'>): number {
  if (typeof model !== 'string') return UNKNOWN_MULTIPLY_ADDS * (imageSize / 224) ** 2;
  return zoo.get(model).multiplyAdds(imageSize);
}

function secondsOf(text: string): number {
  const [, number, unit] = /^([\d.]+)\s*(s|min|h)$/.exec(text)!;
  return Number(number) * { s: 1, min: 60, h: 3600 }[unit as 's' | 'min' | 'h'];
}

function minutes(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const total = Math.ceil(seconds / 60);
  return total < 60 ? `${total} min` : `${Math.floor(total / 60)} h ${total % 60} min`;
}
