/**
 * What a report shows, as plain JSON: every part is optional but the title and the score, and a part that is not there
 * has no section. Numbers are the caller's: the report counts and draws, it estimates nothing.
 */
export interface ReportData {
  /** The run's name, the page's title. */
  readonly title: string;
  readonly score: Score;
  /** The competition's name. */
  readonly competition?: string;
  readonly metric?: MetricText;
  /** What the submission is: `5 folds of efficientnet_lite0, averaged`. */
  readonly submission?: string;
  /** What the score means, for somebody who has never seen one; a paragraph an entry. */
  readonly verdict?: readonly string[];
  /** What to know before believing the score; shown above everything else. */
  readonly warnings?: readonly string[];
  readonly folds?: readonly FoldScore[];
  /** The score on test labels, where they are known, or the leaderboard's. */
  readonly testScore?: Score;
  /** Short facts beside the score: `{ images: '2,700', classes: '18' }`. */
  readonly facts?: Readonly<Record<string, string>>;

  /** The classes' names, that `samples` and `confusion` speak of by index. */
  readonly classes?: readonly string[];
  /** Images with their out-of-fold predictions; mistakes and the confusion matrix's cells come from them. */
  readonly samples?: readonly Sample[];
  /** Pictures by key, as data URIs (`imageDataUri`): JPEG, PNG or WebP. Each is stored once, however often it is shown. */
  readonly images?: Readonly<Record<string, string>>;
  /** `[K, K]` row by row, truth by prediction; default: counted from `samples`. */
  readonly confusion?: ArrayLike<number>;
  readonly perClass?: readonly ClassScores[];

  readonly curves?: readonly Curve[];
  readonly labelIssues?: readonly LabelIssue[];
  /** Estimated share of wrong labels in [0, 1]. */
  readonly labelNoise?: number;
  readonly explanations?: readonly Explanation[];
  readonly calibration?: readonly Calibration[];
  readonly map?: FeatureMap;
  readonly findings?: readonly Finding[];
  readonly augmentation?: readonly Sheet[];
  readonly pseudoLabels?: PseudoLabels;
  readonly ensemble?: Ensemble;
  readonly stages?: readonly StageCost[];
  /** JSON-like, nested as the settings are. */
  readonly settings?: Settings;
  readonly stageKeys?: readonly StageKey[];
  readonly rebuild?: Rebuild;
  /** What made it: `{ podium: '0.1.0', node: '20.20.2' }`. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Score {
  readonly value: number;
  readonly interval?: Interval;
  /** How it came about: `out-of-fold, 2,700 people`. */
  readonly note?: string;
}

export interface MetricText {
  /** `Macro F1`. */
  readonly name: string;
  /** Default: `higher`. */
  readonly better?: 'higher' | 'lower';
  /** One sentence for a newcomer: what it counts, what 1 means. */
  readonly meaning?: string;
}

export interface FoldScore {
  readonly fold: number | string;
  readonly score: number;
  readonly rows?: number;
}

export interface Sample {
  readonly id: string;
  /** Class index. */
  readonly truth?: number;
  /** Class index. */
  readonly predicted?: number;
  /** The predicted class's probability in [0, 1]. */
  readonly confidence?: number;
  readonly fold?: number | string;
  readonly source?: string;
  /** Its picture's key in `images`. */
  readonly image?: string;
}

export interface ClassScores {
  readonly name: string;
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Of F1. */
  readonly interval?: Interval;
}

/** One training: a model on a fold with a seed. */
export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** The epoch whose weights were kept. */
  readonly best?: number;
}

export interface CurvePoint {
  readonly epoch: number;
  readonly trainLoss?: number;
  readonly valLoss?: number;
  readonly metric?: number;
  readonly learningRate?: number;
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
  readonly confidence?: number;
  /** Its picture's key in `images`. */
  readonly image?: string;
  /** The manifest's row as it is now; with it the image can also be dropped. */
  readonly row?: { readonly path: string; readonly labels: Readonly<Record<string, Label>> };
}

/** Where a network looked. */
export interface Explanation {
  readonly id: string;
  /** Its picture's key in `images`. */
  readonly image: string;
  /** `Grad-CAM`, `attention rollout`. */
  readonly method: string;
  /** Importance on a grid over the whole picture, row by row from the top left; scaled to its own maximum here. */
  readonly heatmap?: { readonly width: number; readonly height: number; readonly values: ArrayLike<number> };
  /** A ready-made overlay's key in `images`, instead of a heatmap. */
  readonly overlay?: string;
  readonly truth?: string;
  readonly predicted?: string;
  readonly confidence?: number;
  readonly note?: string;
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
  readonly error?: number;
}

export interface FeatureMap {
  /** `UMAP of the last layer's features`. */
  readonly method: string;
  readonly points: readonly MapPoint[];
}

export interface MapPoint {
  readonly x: number;
  readonly y: number;
  readonly id?: string;
  readonly class?: string;
  readonly fold?: number | string;
  readonly source?: string;
  /** Its picture's key in `images`. */
  readonly image?: string;
}

/** Something that a check of the data found. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Rows it is about. */
  readonly count?: number;
  /** Keys of pictures in `images` that show it. */
  readonly images?: readonly string[];
}

/** A picture of its own: an augmentation contact sheet. */
export interface Sheet {
  /** Its key in `images`. */
  readonly image: string;
  readonly caption: string;
}

export interface PseudoLabels {
  readonly method?: string;
  readonly rows: readonly {
    /** A round, a class or a threshold. */
    readonly name: string;
    readonly kept: number;
    readonly offered?: number;
    /** Share of the kept labels that are right, in [0, 1], where it can be measured. */
    readonly precision?: number;
    readonly interval?: Interval;
  }[];
}

export interface Ensemble {
  /** `greedy selection with replacement`. */
  readonly method?: string;
  readonly members: readonly {
    readonly name: string;
    readonly weight: number;
    readonly score?: number;
    /** How much better the ensemble is with it than without it. */
    readonly gain?: number;
    /** `[M]`: the correlation of its errors with each member's. */
    readonly errorCorrelation?: readonly (number | null)[];
  }[];
  /** The score that its weights reach on the rows they were fitted on. */
  readonly fitted?: number;
  /** The score of weights fitted on other folds: the honest one. */
  readonly nested?: number;
}

export interface StageCost {
  readonly name: string;
  readonly seconds: number;
  readonly peakBytes?: number;
  /** Taken from the store: it cost nothing this time. */
  readonly cached?: boolean;
}

export interface StageKey {
  readonly stage: string;
  readonly key: string;
}

export interface Rebuild {
  readonly command: string;
  readonly note?: string;
}

export type Setting = string | number | boolean | null | readonly Setting[] | Settings;
export interface Settings {
  readonly [name: string]: Setting;
}
