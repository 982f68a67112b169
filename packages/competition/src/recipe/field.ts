import type { ModelEntry, ResolvedWeights } from '@podium/model-zoo';
import type { z } from 'zod';
import type { Preset } from '../presets/preset.ts';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import type { ChangesReport } from '../stages/measure-changes.ts';
import type { Recommendation } from '../stages/recommend.ts';
import type { Augmentation, Named } from './shared-schemas.ts';

/** What a default may depend on. */
export interface RecipeContext {
  readonly dataset: DatasetSummary;
  readonly preset: Preset;
  /** The zoo's entry; undefined for a model of your own. */
  readonly entry: ModelEntry | undefined;
  /** Pretrained weights; undefined where the model starts from initial weights. */
  readonly weights: ResolvedWeights | undefined;
  /** What was measured; null where nothing was, or too little data was there to measure on. */
  readonly recommendation: Recommendation;
  /** Whether changed images keep their classes; undefined where it was not asked. */
  readonly changes: ChangesReport | undefined;
  /** Whether any head has several labels per image. */
  readonly isMultiLabel: boolean;
  /** Settings that were written for this model, or for all. */
  readonly given: ReadonlySet<string>;
  /** Fields that were resolved before this one, in the order of the recipe. */
  readonly resolved: EarlierFields;
  /** Takes a value that is worth telling down, with the reason, and returns it. */
  readonly decide: <T>(value: T, reason: string, shown?: string) => T;
}

/** Fields that defaults of others depend on. */
interface EarlierFields {
  readonly method: 'probe' | 'transfer' | 'full';
  readonly pretrain: unknown;
  readonly epochs: number;
  readonly batchSize: number;
  readonly accumulate: number;
  readonly schedule: Named;
  readonly loss: Named | undefined;
  readonly augment: Augmentation;
  readonly flip: boolean;
  readonly swa: number | undefined;
  readonly soup: number | undefined;
}

/** Stages that a field of the recipe is a setting of. */
export type RecipeUse = 'train' | 'semi' | 'pretrain' | 'predict';

/** One setting of training: its schema, and what holds where the settings leave it open. */
export interface RecipeField<Schema extends z.ZodType, Uses extends RecipeUse> {
  /** Its `.meta()` has a `description`, an `example` and, in words, the `default`. */
  readonly schema: Schema;
  /** Stages that get it as a setting under its own name. */
  readonly uses: readonly Uses[];
  readonly resolve: (context: RecipeContext) => z.output<Schema>;
}

export function field<Schema extends z.ZodType, const Uses extends RecipeUse = never>(
  schema: Schema,
  resolve: (context: RecipeContext) => z.output<Schema>,
  uses: readonly Uses[] = [],
): RecipeField<Schema, Uses> {
  return { schema, uses, resolve };
}
