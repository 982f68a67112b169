/**
 * What a report shows, as plain JSON. Only the title and the score are required; sections without data are omitted. The
 * caller computes scores and intervals: a report only counts and draws.
 */
export interface ReportData {
  /** Name of the run: the page's title. */
  readonly title: string;
  readonly score: Score;
  /** Name of the competition. */
  readonly competition?: string | undefined;
  readonly metric?: MetricText | undefined;
  /** What was submitted: `5 folds of efficientnet_lite0, averaged`. */
  readonly submission?: string | undefined;
  /** What the score means, for newcomers; one paragraph per entry. */
  readonly verdict?: readonly string[] | undefined;
  /** Reasons to doubt the score; shown above everything else. */
  readonly warnings?: readonly string[] | undefined;
  readonly folds?: readonly FoldScore[] | undefined;
  /** The score on test labels, if known, or on the leaderboard. */
  readonly testScore?: Score | undefined;
  /** Short facts beside the score: `{ images: '2,700', classes: '18' }`. */
  readonly facts?: Readonly<Record<string, string>> | undefined;

  /** Names of the classes, which `samples` and `confusion` refer to by index. */
  readonly classes?: readonly string[] | undefined;
  /** Images with out-of-fold predictions: the source of mistakes and of the confusion matrix's cells. */
  readonly samples?: readonly Sample[] | undefined;
  /** JPEG, PNG or WebP images by key, as data URIs (`imageDataUri`). Each is stored once, however often it is shown. */
  readonly images?: Readonly<Record<string, string>> | undefined;
  /** `[K, K]`, truth by prediction, row by row; default: counted from `samples`. */
  readonly confusion?: ArrayLike<number> | undefined;
  readonly perClass?: readonly ClassScores[] | undefined;

  readonly curves?: readonly Curve[] | undefined;
  readonly labelIssues?: readonly LabelIssue[] | undefined;
  /** Estimated share of wrong labels in [0, 1]. */
  readonly labelNoise?: number | undefined;
  readonly explanations?: readonly Explanation[] | undefined;
  readonly calibration?: readonly Calibration[] | undefined;
  readonly map?: FeatureMap | undefined;
  readonly findings?: readonly Finding[] | undefined;
  readonly augmentation?: readonly Sheet[] | undefined;
  readonly pseudoLabels?: PseudoLabels | undefined;
  readonly ensemble?: Ensemble | undefined;
  readonly stages?: readonly StageCost[] | undefined;
  /** Nested JSON. */
  readonly settings?: object | undefined;
  readonly stageKeys?: readonly StageKey[] | undefined;
  readonly rebuild?: Rebuild | undefined;
  /** Versions: `{ podium: '0.1.0', node: '20.20.2' }`. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** A 95% interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Score {
  readonly value: number;
  readonly interval?: Interval | undefined;
  /** How it was computed: `out-of-fold, 2,700 people`. */
  readonly note?: string | undefined;
}

export interface MetricText {
  /** `Macro F1`. */
  readonly name: string;
  /** Default: `higher`. */
  readonly better?: 'higher' | 'lower' | undefined;
  /** One sentence for newcomers: what it measures, what 1 means. */
  readonly meaning?: string | undefined;
}

export interface FoldScore {
  readonly fold: number | string;
  readonly score: number;
  readonly rows?: number | undefined;
}

export interface Sample {
  readonly id: string;
  /** Class index. */
  readonly truth?: number | undefined;
  /** Class index. */
  readonly predicted?: number | undefined;
  /** The predicted class's probability in [0, 1]. */
  readonly confidence?: number | undefined;
  readonly fold?: number | string | undefined;
  readonly source?: string | undefined;
  /** Key of its image in `images`. */
  readonly image?: string | undefined;
}

export interface ClassScores {
  readonly name: string;
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Interval of F1. */
  readonly interval?: Interval | undefined;
}

/** One training run: a model, a fold and a seed. */
export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** The epoch whose weights were kept. */
  readonly best?: number | undefined;
}

export interface CurvePoint {
  readonly epoch: number;
  readonly trainLoss?: number | undefined;
  readonly valLoss?: number | undefined;
  readonly metric?: number | undefined;
  readonly learningRate?: number | undefined;
}

export type Label = string | readonly string[];

/** A likely label error, as confident learning finds it, with what a patch needs. */
export interface LabelIssue {
  readonly id: string;
  /** Head of the label in the manifest. */
  readonly head: string;
  /** The current label. */
  readonly given: Label;
  readonly suggested: Label;
  /** Label quality in [0, 1]; low is suspicious. */
  readonly quality: number;
  /** Probability of the suggested label, in [0, 1]. */
  readonly confidence?: number | undefined;
  /** Key of its image in `images`. */
  readonly image?: string | undefined;
  /** The current row of the manifest; required to offer dropping the image. */
  readonly manifestRow?:
    | { readonly path: string; readonly labels: Readonly<Record<string, Label>> }
    | undefined;
}

/** Which parts of an image a prediction is based on. */
export interface Explanation {
  readonly id: string;
  /** Key of its image in `images`. */
  readonly image: string;
  /** `Grad-CAM`, `attention rollout`. */
  readonly method: string;
  /** Importance on a grid over the whole image, row by row from the top left; any scale. */
  readonly heatmap?:
    | { readonly width: number; readonly height: number; readonly values: ArrayLike<number> }
    | undefined;
  /** Key of an overlay in `images`, instead of a heatmap. */
  readonly overlay?: string | undefined;
  readonly truth?: string | undefined;
  readonly predicted?: string | undefined;
  readonly confidence?: number | undefined;
  readonly note?: string | undefined;
}

/** A reliability diagram. */
export interface Calibration {
  /** `before`, `after temperature 1.4`. */
  readonly name: string;
  readonly points: readonly {
    readonly confidence: number;
    readonly accuracy: number;
    readonly weight: number;
  }[];
  /** Expected calibration error in [0, 1]. */
  readonly error?: number | undefined;
}

export interface FeatureMap {
  /** `UMAP of the last layer's features`. */
  readonly method: string;
  readonly points: readonly MapPoint[];
}

export interface MapPoint {
  readonly x: number;
  readonly y: number;
  readonly id?: string | undefined;
  readonly class?: string | undefined;
  readonly fold?: number | string | undefined;
  readonly source?: string | undefined;
  /** Key of its image in `images`. */
  readonly image?: string | undefined;
}

/** Result of a check of the data. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** How to fix it. */
  readonly fix?: string | undefined;
  /** Number of affected rows. */
  readonly count?: number | undefined;
  /** Keys of examples in `images`. */
  readonly images?: readonly string[] | undefined;
}

/** A contact sheet of augmented images. */
export interface Sheet {
  /** Key of the sheet in `images`. */
  readonly image: string;
  readonly caption: string;
}

export interface PseudoLabels {
  readonly method?: string | undefined;
  readonly rows: readonly {
    /** A round, a class or a threshold. */
    readonly name: string;
    readonly kept: number;
    readonly offered?: number | undefined;
    /** Share of correct labels among the kept ones, in [0, 1], if it can be measured. */
    readonly precision?: number | undefined;
    readonly interval?: Interval | undefined;
  }[];
}

export interface Ensemble {
  /** `greedy selection with replacement`. */
  readonly method?: string | undefined;
  readonly members: readonly {
    readonly name: string;
    readonly weight: number;
    readonly score?: number | undefined;
    /** Score of the ensemble minus its score without this member. */
    readonly gain?: number | undefined;
    /** `[M]`: correlation of its errors with those of each member. */
    readonly errorCorrelation?: readonly (number | null)[] | undefined;
  }[];
  /** Score of the weights on the rows they were fitted on: too optimistic. */
  readonly fitted?: number | undefined;
  /** Score of weights fitted on other folds: unbiased. */
  readonly nested?: number | undefined;
}

/** Cost of a stage. */
export interface StageCost {
  readonly name: string;
  /** Time it took to compute the result, in this run or in an earlier one. */
  readonly seconds: number;
  /** The result came from the cache, so this run saved the time. */
  readonly cached?: boolean | undefined;
}

export interface StageKey {
  readonly stage: string;
  readonly key: string;
}

export interface Rebuild {
  readonly command: string;
  readonly note?: string | undefined;
}
