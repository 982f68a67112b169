/**
 * What a report shows, as plain JSON: every part is optional but the title and the score, and a part that is not there
 * has no section. Undefined is as good as not there. Numbers are the caller's: the report counts and draws, it estimates nothing.
 */
export interface ReportData {
  /** The run's name, the page's title. */
  readonly title: string;
  readonly score: Score;
  /** The competition's name. */
  readonly competition?: string | undefined;
  readonly metric?: MetricText | undefined;
  /** What the submission is: `5 folds of efficientnet_lite0, averaged`. */
  readonly submission?: string | undefined;
  /** What the score means, for somebody who has never seen one; a paragraph an entry. */
  readonly verdict?: readonly string[] | undefined;
  /** What to know before believing the score; shown above everything else. */
  readonly warnings?: readonly string[] | undefined;
  readonly folds?: readonly FoldScore[] | undefined;
  /** The score on test labels, where they are known, or the leaderboard's. */
  readonly testScore?: Score | undefined;
  /** Short facts beside the score: `{ images: '2,700', classes: '18' }`. */
  readonly facts?: Readonly<Record<string, string>> | undefined;

  /** The classes' names, that `samples` and `confusion` speak of by index. */
  readonly classes?: readonly string[] | undefined;
  /** Images with their out-of-fold predictions; mistakes and the confusion matrix's cells come from them. */
  readonly samples?: readonly Sample[] | undefined;
  /** Images by key, as data URIs (`imageDataUri`): JPEG, PNG or WebP. Each is stored once, however often it is shown. */
  readonly images?: Readonly<Record<string, string>> | undefined;
  /** `[K, K]` row by row, truth by prediction; default: counted from `samples`. */
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
  /** JSON-like, nested as the settings are. */
  readonly settings?: object | undefined;
  readonly stageKeys?: readonly StageKey[] | undefined;
  readonly rebuild?: Rebuild | undefined;
  /** What made it: `{ podium: '0.1.0', node: '20.20.2' }`. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** The 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Score {
  readonly value: number;
  readonly interval?: Interval | undefined;
  /** How it came about: `out-of-fold, 2,700 people`. */
  readonly note?: string | undefined;
}

export interface MetricText {
  /** `Macro F1`. */
  readonly name: string;
  /** Default: `higher`. */
  readonly better?: 'higher' | 'lower' | undefined;
  /** One sentence for a newcomer: what it counts, what 1 means. */
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
  /** Its image's key in `images`. */
  readonly image?: string | undefined;
}

export interface ClassScores {
  readonly name: string;
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Of F1. */
  readonly interval?: Interval | undefined;
}

/** One training: a model on a fold with a seed. */
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

/** A label that is likely wrong: what confident learning says, and what a patch needs. */
export interface LabelIssue {
  readonly id: string;
  /** The manifest's head. */
  readonly head: string;
  /** The label as the manifest has it now. */
  readonly given: Label;
  readonly suggested: Label;
  /** The label's quality in [0, 1]; low is suspicious. */
  readonly quality: number;
  /** Probability of the suggested label, in [0, 1]. */
  readonly confidence?: number | undefined;
  /** Its image's key in `images`. */
  readonly image?: string | undefined;
  /** The manifest's row as it is now; with it the image can also be dropped. */
  readonly manifestRow?:
    | { readonly path: string; readonly labels: Readonly<Record<string, Label>> }
    | undefined;
}

/** Where a network looked. */
export interface Explanation {
  readonly id: string;
  /** Its image's key in `images`. */
  readonly image: string;
  /** `Grad-CAM`, `attention rollout`. */
  readonly method: string;
  /** Importance on a grid over the whole image, row by row from the top left; scaled to its own maximum here. */
  readonly heatmap?:
    | { readonly width: number; readonly height: number; readonly values: ArrayLike<number> }
    | undefined;
  /** A ready-made overlay's key in `images`, instead of a heatmap. */
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
  /** Its image's key in `images`. */
  readonly image?: string | undefined;
}

/** Something that a check of the data found. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
  /** Rows it is about. */
  readonly count?: number | undefined;
  /** Keys of images in `images` that show it. */
  readonly images?: readonly string[] | undefined;
}

/** An image of its own: an augmentation contact sheet. */
export interface Sheet {
  /** Its key in `images`. */
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
    /** Share of the kept labels that are right, in [0, 1], where it can be measured. */
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
    /** How much better the ensemble is with it than without it. */
    readonly gain?: number | undefined;
    /** `[M]`: the correlation of its errors with each member's. */
    readonly errorCorrelation?: readonly (number | null)[] | undefined;
  }[];
  /** The score that its weights reach on the rows they were fitted on. */
  readonly fitted?: number | undefined;
  /** The score of weights fitted on other folds: the honest one. */
  readonly nested?: number | undefined;
}

export interface StageCost {
  readonly name: string;
  readonly seconds: number;
  readonly peakBytes?: number | undefined;
  /** Taken from the store: it cost nothing this time. */
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
