import { PodiumError, Rng } from '@podium/core';
import { assignGroups } from './assign-groups.ts';
import { checkFeatures, type FeatureMatrix } from './feature-matrix.ts';
import { fitLinearProbe, predictByProbe } from './linear-probe.ts';
import { predictByNeighbors } from './nearest-neighbors.ts';
import { planFor, type TransferPlan } from './transfer-plan.ts';

/** Whether there is enough data to train a backbone, and whether it is similar to the backbone's training data. */
export type TransferCase = 'enough-similar' | 'enough-dissimilar' | 'little-similar' | 'little-dissimilar';

export interface TransferSample {
  /** Of the frozen, pretrained backbone. */
  readonly features: FeatureMatrix;
  /** Of the same backbone with initial weights (`extractUntrainedFeatures`), for the same images in the same order. */
  readonly randomFeatures: FeatureMatrix;
  /** One per row, from 0 to `classes - 1`. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** Rows of a group, such as a person or a scene, stay together. Default: every row is its own group. */
  readonly groups?: readonly string[];
  /** Total number of images if the rows are a sample. Default: the number of rows. */
  readonly total?: number;
  readonly seed?: string | number;
}

/** The measurements behind a recommendation. Accuracies are means over classes, on images of held-out groups. */
export interface TransferEvidence {
  readonly chance: number;
  readonly pretrained: { readonly probe: number; readonly neighbors: number };
  readonly random: { readonly probe: number; readonly neighbors: number };
  /** Share of the errors of random features that pretrained features avoid; at most 1. */
  readonly similarity: number;
  /** Accuracy of the probe by number of training images. */
  readonly learningCurve: readonly { readonly images: number; readonly accuracy: number }[];
  /** Gain in accuracy from half of the data to all of it. */
  readonly gainPerDoubling: number;
  /** Median number of images per class, among all images. */
  readonly imagesPerClass: number;
}

export interface TransferRecommendation {
  readonly case: TransferCase;
  readonly evidence: TransferEvidence;
  readonly plan: TransferPlan;
  /** The result and its reasons, in sentences. */
  readonly reasons: readonly string[];
  /** Problems to consider before training; usually empty. */
  readonly warnings: readonly string[];
}

/** The data counts as similar if pretrained features avoid at least this share of the errors of random features. */
const SIMILAR = 0.3;
/** There is too little data if doubling it still gains this much accuracy ... */
const STEEP = 0.015;
/** ... or with fewer images per class than this. */
const FEW = 100;
/** With this many images per class there is always enough. */
const MANY = 2000;
const FOLDS = 5;

/**
 * Recommends how to transfer a pretrained network to a task, by measurement: how well its frozen features separate the classes
 * (a linear probe and nearest neighbors on held-out groups, compared with chance and with the same network with random
 * weights), and whether more data still helps (the slope of the learning curve).
 *
 * The four cases are the usual ones of transfer learning (Stanford's CS231n, "Transfer Learning").
 *
 * @throws PodiumError `zoo-transfer` if a class has too few groups to hold one out, or sizes differ
 */
export function recommendTransfer(sample: TransferSample): TransferRecommendation {
  assertValid(sample);
  const evidence = measure(sample);
  const enough =
    evidence.imagesPerClass >= MANY || (evidence.imagesPerClass >= FEW && evidence.gainPerDoubling < STEEP);
  const similar = evidence.similarity >= SIMILAR;
  const transferCase: TransferCase = `${enough ? 'enough' : 'little'}-${similar ? 'similar' : 'dissimilar'}`;
  return {
    case: transferCase,
    evidence,
    plan: planFor(transferCase),
    reasons: reasonsFor(evidence, enough, similar),
    warnings: warningsFor(transferCase, evidence),
  };
}

function assertValid({ features, randomFeatures, labels, classes, groups }: TransferSample): void {
  checkFeatures(features, 'features');
  checkFeatures(randomFeatures, 'randomFeatures');
  const count = features.ids.length;
  const wrong = (key: string, got: number): never => {
    throw new PodiumError({
      code: 'zoo-transfer',
      path: { key },
      expected: `${count}, one per row of the features`,
      got: String(got),
    });
  };
  if (randomFeatures.ids.length !== count) wrong('randomFeatures', randomFeatures.ids.length);
  if (labels.length !== count) wrong('labels', labels.length);
  if (groups !== undefined && groups.length !== count) wrong('groups', groups.length);
  const groupsOf = Array.from({ length: classes }, () => new Set<string | number>());
  for (let row = 0; row < count; row++) {
    const label = labels[row]!;
    const known = groupsOf[label];
    if (known === undefined) {
      throw new PodiumError({
        code: 'zoo-transfer',
        path: { key: `labels[${row}]` },
        expected: `0 to ${classes - 1}`,
        got: String(label),
      });
    }
    known.add(groups?.[row] ?? row);
  }
  const poor = groupsOf.findIndex((known) => known.size < 2);
  if (poor === -1) return;
  throw new PodiumError({
    code: 'zoo-transfer',
    message: `class ${poor} in the sample`,
    expected: 'at least two groups, so that one can be held out',
    got: String(groupsOf[poor]?.size),
    fix: 'leave the class out of the sample, or use a larger sample',
  });
}

function measure(sample: TransferSample): TransferEvidence {
  const { features, randomFeatures, labels, classes, groups, total = features.ids.length, seed = 0 } = sample;
  const rng = Rng.fromSeed(seed).split('transfer');
  const folds = assignGroups(groups ?? features.ids, FOLDS, rng.split('folds'));
  const score = (
    matrix: FeatureMatrix,
    share: number,
    predict: Predictor,
  ): { accuracy: number; images: number } => {
    const truth: number[] = [];
    const answers: number[] = [];
    let images = 0;
    for (let fold = 0; fold < FOLDS; fold++) {
      const [train, test] = splitRows(folds, fold, share, groups ?? features.ids, rng);
      images += train.length / FOLDS;
      answers.push(...predict(matrix, train, test));
      truth.push(...test.map((row) => labels[row]!));
    }
    return { accuracy: balancedAccuracy(truth, answers, classes), images: Math.round(images) };
  };
  const probe: Predictor = (matrix, train, test) =>
    predictByProbe(fitLinearProbe(matrix, train, labels, classes), matrix, test);
  const neighbors: Predictor = (matrix, train, test) => predictByNeighbors(matrix, train, test, labels);
  const curve = [0.25, 0.5, 1].map((share) => score(features, share, probe));
  const [, half, whole] = curve as [Point, Point, Point];
  const randomProbe = score(randomFeatures, 1, probe).accuracy;
  const floor = Math.max(randomProbe, 1 / classes);
  return {
    chance: 1 / classes,
    pretrained: { probe: whole.accuracy, neighbors: score(features, 1, neighbors).accuracy },
    random: { probe: randomProbe, neighbors: score(randomFeatures, 1, neighbors).accuracy },
    similarity: (whole.accuracy - floor) / Math.max(1 - floor, 1e-9),
    learningCurve: curve,
    gainPerDoubling: whole.accuracy - half.accuracy,
    imagesPerClass: medianCount(labels, classes) * (total / features.ids.length),
  };
}

interface Point {
  readonly accuracy: number;
  readonly images: number;
}

type Predictor = (
  matrix: FeatureMatrix,
  train: readonly number[],
  test: readonly number[],
) => Iterable<number>;

/** Rows to train on, from a share of the groups, and rows held out. */
function splitRows(
  folds: Int32Array,
  fold: number,
  share: number,
  groups: readonly string[],
  rng: Rng,
): [train: number[], test: number[]] {
  const test: number[] = [];
  const rest: number[] = [];
  for (const [row, rowFold] of folds.entries()) (rowFold === fold ? test : rest).push(row);
  const names = [...new Set(rest.map((row) => groups[row]!))].sort();
  const kept = new Set(
    rng
      .split('share', fold)
      .shuffle(names)
      .slice(0, Math.ceil(share * names.length)),
  );
  return [rest.filter((row) => kept.has(groups[row]!)), test];
}

/** Mean over the classes that occur of the share of their rows that were predicted correctly. */
function balancedAccuracy(truth: readonly number[], answers: readonly number[], classes: number): number {
  const right = new Float64Array(classes);
  const all = new Float64Array(classes);
  truth.forEach((label, i) => {
    all[label] = all[label]! + 1;
    if (answers[i] === label) right[label] = right[label]! + 1;
  });
  const shares = Array.from(all, (count, k) => right[k]! / count).filter(Number.isFinite);
  return shares.reduce((sum, value) => sum + value, 0) / shares.length;
}

function medianCount(labels: ArrayLike<number>, classes: number): number {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!] = counts[labels[i]!]! + 1;
  counts.sort((a, b) => a - b);
  return (counts[Math.floor((classes - 1) / 2)]! + counts[Math.ceil((classes - 1) / 2)]!) / 2;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function reasonsFor(evidence: TransferEvidence, enough: boolean, similar: boolean): string[] {
  const { pretrained, random, chance, similarity, gainPerDoubling, imagesPerClass } = evidence;
  return [
    `A linear probe on the frozen features predicts ${percent(pretrained.probe)} of held-out images correctly (mean over ` +
      `classes), 5 nearest neighbors ${percent(pretrained.neighbors)}; on features of random weights ` +
      `${percent(random.probe)} and ${percent(random.neighbors)}, by chance ${percent(chance)}.`,
    `Pretraining avoids ${percent(similarity)} of the errors of random features: the images are ${
      similar ? 'similar to' : 'unlike'
    } those it was trained on (threshold ${percent(SIMILAR)}).`,
    `About ${Math.round(imagesPerClass)} images per class; doubling the data gained ${percent(gainPerDoubling)}: ${
      enough ? 'enough data' : 'little data'
    } (enough is ${MANY} per class, or ${FEW} and a gain below ${percent(STEEP)}).`,
  ];
}

function warningsFor(transferCase: TransferCase, { pretrained, chance }: TransferEvidence): string[] {
  const warnings: string[] = [];
  if (transferCase === 'little-dissimilar') {
    warnings.push(
      'Little data, unlike that of pretraining: training only the classifier is likely to underfit, training the backbone ' +
        'to overfit. Add external images, with labels or with pseudo labels, or pretrain on all images without labels.',
    );
  }
  if (pretrained.probe < chance + 0.02) {
    warnings.push(
      'The features hardly beat chance: check that labels belong to their images, and that images are normalized as the ' +
        'model expects them.',
    );
  }
  return warnings;
}
