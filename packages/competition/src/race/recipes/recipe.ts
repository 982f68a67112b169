import type { ResolvedWeights } from '@podium/model-zoo';
import type { DatasetSummary } from '../../run/dataset-summary.ts';
import type { TrainingSettings } from '../../settings/schema.ts';

/** What a recipe may depend on. */
export interface RecipeContext {
  readonly dataset: Pick<DatasetSummary, 'rows' | 'testRows' | 'format'>;
  /** Pretrained weights of the network; undefined where it starts from initial weights. */
  readonly weights: ResolvedWeights | undefined;
  /** What the settings say; undefined where they leave it open. */
  readonly imageSize: number | undefined;
  readonly isMultiLabel: boolean;
  /** Whether mirrored images keep their classes. */
  readonly mirrors: boolean;
  /** Whether images keep their classes without colors, so that training may change them. */
  readonly colors: boolean;
  /** The limit of the whole run. */
  readonly seconds: number;
}

/** A way to train a network that a race tries. */
export interface Recipe {
  readonly name: string;
  readonly summary: string;
  /** Where its features come from: the best of each kind survives the first round of a race. */
  readonly kind: 'frozen' | 'fine-tuned' | 'fresh';
  /** Why it does not apply; undefined where it does. */
  readonly unfit: (context: RecipeContext) => string | undefined;
  /** Settings that make it up; those that the user has written win, and what both leave open is decided as always. */
  readonly training: (context: RecipeContext) => TrainingSettings;
}
