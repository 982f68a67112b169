import type { Decision, Omission } from '@podium/core';

/** What the models predict of one head, and how right they are. */
export interface HeadResults {
  /** The head's name; shown if there are several. */
  readonly head?: string | undefined;
  /** This head's own score; with several heads, the run's score is their mean. */
  readonly headScore?: Score | undefined;
  readonly folds?: readonly FoldScore[] | undefined;

  /** Names of the classes, which `samples` and `confusion` refer to by index. */
  readonly classes?: readonly string[] | undefined;
  /** Images with out-of-fold predictions of one class each: the source of mistakes and of the confusion matrix's cells. */
  readonly samples?: readonly Sample[] | undefined;
  /** Heads with several labels per image have these instead of `samples`. */
  readonly labelMistakes?: LabelMistakes | undefined;
  /** `[K, K]`, truth by prediction, row by row; default: counted from `samples`. */
  readonly confusion?: ArrayLike<number> | undefined;
  readonly perClass?: readonly ClassScores[] | undefined;
  readonly ranking?: readonly ClassCurves[] | undefined;
  readonly calibration?: readonly Calibration[] | undefined;
  /** Each model by itself. */
  readonly models?: readonly ModelScore[] | undefined;
  /** How they are blended. */
  readonly ensemble?: Ensemble | undefined;
  /** All of them: the page lists the first ones and says how many there are. */
  readonly labelIssues?: readonly LabelIssue[] | undefined;
  /** Estimated share of wrong labels in [0, 1]. */
  readonly labelNoise?: number | undefined;
  readonly testPredictions?: TestPredictions | undefined;
  /** Heads of numbers have these instead of classes, samples and curves. */
  readonly numbers?: NumberResults | undefined;
}

/** What a head of numbers predicts out of fold. */
export interface NumberResults {
  readonly columns: readonly NumberColumn[];
  /** By group of images and column, the largest bias first. */
  readonly groups: readonly {
    readonly group: string;
    readonly column: string;
    readonly images: number;
    /** Mean of predicted minus true. */
    readonly bias: number;
    readonly mae: number;
  }[];
  /** The largest ones first, measured by the spread of their column. */
  readonly mistakes: readonly {
    readonly id: string;
    readonly column: string;
    readonly truth: number;
    readonly predicted: number;
    readonly fold?: number | undefined;
    /** Key of an image. */
    readonly image?: string | undefined;
  }[];
}

/** One column of numbers. */
export interface NumberColumn {
  readonly name: string;
  readonly images: number;
  /** Mean of predicted minus true. */
  readonly bias: number;
  readonly mae: number;
  readonly rmse: number;
  /** Undefined where the true numbers do not vary. */
  readonly r2?: number | undefined;
  /** Of all images, or of a sample. */
  readonly points: readonly { readonly truth: number; readonly predicted: number }[];
}

/**
 * What a report shows, as plain JSON. Only the title and the score are required; sections without data are omitted. The
 * caller computes scores and intervals: a report only counts and draws. The results of the first head are here, those of
 * others in `otherHeads`.
 */
export interface ReportData extends HeadResults {
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
  /** The score on test labels, if known, or on the leaderboard. */
  readonly testScore?: Score | undefined;
  /** Short facts beside the score: `{ images: '2,700', classes: '18' }`. */
  readonly facts?: Readonly<Record<string, string>> | undefined;

  readonly otherHeads?: readonly (HeadResults & { readonly head: string })[] | undefined;
  /** JPEG, PNG or WebP images by key, as data URIs (`imageDataUri`). Each is stored once, however often it is shown. */
  readonly images?: Readonly<Record<string, string>> | undefined;

  /** What no setting said and the run chose. */
  readonly decisions?: readonly Decision[] | undefined;
  /** What the run left out. */
  readonly omissions?: readonly Omission[] | undefined;
  /** How the submission was checked. */
  readonly submissionChecks?: SubmissionChecks | undefined;
  /** What was tried, and what was stopped. */
  readonly race?: Race | undefined;
  readonly curves?: readonly Curve[] | undefined;
  /** What the score of the curves is, if it is not the metric: `Macro F1, mean of age and gender`. */
  readonly curveScore?: string | undefined;
  readonly explanations?: readonly Explanation[] | undefined;
  readonly map?: FeatureMap | undefined;
  readonly findings?: readonly Finding[] | undefined;
  readonly augmentation?: readonly Augmentation[] | undefined;
  readonly pseudoLabels?: PseudoLabels | undefined;
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

/** Wrong decisions of a head with several labels per image. */
export interface LabelMistakes {
  /** Number of images, and of those with at least one wrong decision. */
  readonly images: number;
  readonly wrongImages: number;
  /** The most confident ones first. */
  readonly shown: readonly {
    readonly id: string;
    readonly class: string;
    /** Whether the image has this label. */
    readonly given: boolean;
    /** The label's probability in [0, 1]. */
    readonly probability: number;
    readonly fold?: number | string | undefined;
    /** Key of its image in `images`. */
    readonly image?: string | undefined;
  }[];
}

/** How well the probability of a class tells its images from others. */
export interface ClassCurves {
  readonly name: string;
  /** Number of its images, and of the others. */
  readonly positives: number;
  readonly negatives: number;
  /** Area under the ROC curve, in [0, 1]. */
  readonly auc: number;
  /** Area under the precision-recall curve, in [0, 1]. */
  readonly averagePrecision: number;
  /** From (0, 0) to (1, 1). */
  readonly roc: readonly (readonly [falsePositives: number, truePositives: number])[];
  /** Recall grows; between two points, the precision is that of the second one. */
  readonly precisionRecall: readonly (readonly [recall: number, precision: number])[];
}

export interface ModelScore {
  readonly name: string;
  readonly score: Score;
  /** The blend's score minus this one's; undefined if there is only this model. */
  readonly blendGain?:
    | { readonly value: number; readonly interval?: Interval | undefined; readonly withinNoise: boolean }
    | undefined;
}

/** What the models predict for the test images. */
export interface TestPredictions {
  readonly images: number;
  /** How many independent images they are worth, if they come in groups. Default: all. */
  readonly independentImages?: number | undefined;
  readonly classes: readonly {
    readonly name: string;
    /** Number of training images with this label. */
    readonly training: number;
    /** Number of training images that are predicted to have it by models that were not trained on them. */
    readonly outOfFold?: number | undefined;
    /** Number of test images that are predicted to have it. */
    readonly predicted: number;
  }[];
  readonly trainingImages: number;
  readonly mostSure: readonly TestImage[];
  readonly leastSure: readonly TestImage[];
}

export interface TestImage {
  readonly id: string;
  readonly predicted: string | readonly string[];
  /** In [0, 1]: the probability of the predicted class; for several labels, that of the least certain decision. */
  readonly confidence: number;
  /** The next likely class. */
  readonly next?: { readonly name: string; readonly probability: number } | undefined;
  /** Key of its image in `images`. */
  readonly image?: string | undefined;
}

/** What the linter of submissions found. */
export interface SubmissionChecks {
  /** Data rows of the CSV. */
  readonly rows: number;
  /** How its cells are written: `label`, `class-columns`. */
  readonly form?: string | undefined;
  readonly findings: readonly {
    readonly rule: string;
    readonly severity: 'error' | 'warning';
    readonly message: string;
    readonly fix?: string | undefined;
  }[];
}

/** One training run: a model, a fold and a seed. */
export interface Curve {
  readonly name: string;
  /** Its model; the color of many runs. */
  readonly model?: string | undefined;
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

export type Label = string | readonly string[] | readonly number[];

/** A likely label error, as confident learning finds it, with what a patch needs. */
export interface LabelIssue {
  readonly id: string;
  /** Head of the label in the manifest. */
  readonly head: string;
  /** The current label. */
  readonly given: string | readonly string[];
  readonly suggested: string | readonly string[];
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
  /** The head whose prediction it explains. */
  readonly head?: string | undefined;
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
  /** Whether the prediction is right; default: whether it equals the truth. */
  readonly right?: boolean | undefined;
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
    /** Interval of the accuracy. */
    readonly interval?: Interval | undefined;
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

/** What the training of one or more models sees. */
export interface Augmentation {
  /** Models that are trained like this. */
  readonly models: readonly string[];
  /** What happens to each image, in this order: `horizontalFlip`, and its settings as text, if any. */
  readonly steps: readonly { readonly name: string; readonly settings?: string | undefined }[];
  /** What happens to batches, such as `mixup`. */
  readonly batch?: readonly string[] | undefined;
  readonly images: readonly {
    readonly id: string;
    /** Key of the image as it is in `images`. */
    readonly original: string;
    /** Keys of augmented versions in `images`. */
    readonly versions: readonly string[];
  }[];
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
    /** How much better the mean of all members is than the mean without it; negative if it is worse. */
    readonly gain?: number | undefined;
    readonly gainInterval?: Interval | undefined;
    /** `[M]`: correlation of its errors with those of each member. */
    readonly errorCorrelation?: readonly (number | null)[] | undefined;
  }[];
  /** Score of the weights on the rows they were fitted on: too optimistic. */
  readonly fitted?: number | undefined;
  /** Score of weights fitted on other folds: unbiased. */
  readonly nested?: number | undefined;
  /** Interval of `fitted` minus `nested`. */
  readonly differenceInterval?: Interval | undefined;
}

/** Cost of a stage. Nothing says which results were cached, so a second run writes the same report. */
export interface StageCost {
  readonly name: string;
  /** Time it took to compute the result, in this run or in an earlier one. */
  readonly seconds: number;
}

export interface StageKey {
  readonly stage: string;
  readonly key: string;
}

export interface Rebuild {
  readonly command: string;
  readonly note?: string | undefined;
}

/** Ways to train that were compared on one fold before the rest of the time was spent. */
export interface Race {
  readonly limitSeconds: number;
  /** Until the last training. */
  readonly usedSeconds: number;
  /** The fold they were compared on. */
  readonly fold: number;
  /** Why the race ended when it did; a clause. */
  readonly ended: string;
  /** In the order of trying. */
  readonly rows: readonly RaceRow[];
}

export interface RaceRow {
  readonly round: number;
  readonly name: string;
  readonly kept: boolean;
  readonly reason: string;
  /** Undefined where it was not tried. */
  readonly seconds?: number | undefined;
  readonly score?: Score | undefined;
  /** Passes over how many training images. */
  readonly epochs?: number | undefined;
  readonly images?: number | undefined;
}
