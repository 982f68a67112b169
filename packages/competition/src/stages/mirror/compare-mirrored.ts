import {
  argmax,
  compareCodeUnits,
  fitLogisticRegression,
  hashBytes,
  linearScores,
  oneHot,
  studentQuantile,
} from '@podium/core';

/** How a classifier that was fitted to images as they are does on others, as they are and mirrored. */
export interface MirrorComparison {
  /** Whether mirrored images keep their classes, as far as the classifier can tell. */
  readonly keepsClasses: boolean;
  /** Share of images that are classified correctly: as they are, and mirrored. */
  readonly whole: number;
  readonly mirrored: number;
  readonly images: number;
}

/** What is to be told apart: the labels of a head. */
interface Problem {
  readonly classes: readonly string[];
  /** A class, or several; undefined for none. */
  readonly labels: readonly (string | readonly string[] | undefined)[];
}

const FOLDS = 3;
/** Inverse strength of the penalty, as scikit-learn's C: there are more features than images. */
const C = 0.01;
/** How sure it must be that mirrored images are classified worse. */
const CONFIDENCE = 0.995;
/** Classes of a multi-label head that are looked at, the most balanced ones. */
const MOST_LABELS = 6;

/**
 * Compares held-out images as they are and mirrored, in folds that keep groups together. Mirrored images count as classified
 * worse where the mean difference over groups is above 0 beyond chance.
 * @param input.whole features by image
 * @returns undefined if nothing can be held out: fewer than two classes have two groups
 */
export function compareMirrored({
  whole,
  mirrored,
  groups,
  problems,
}: {
  readonly whole: readonly Float64Array[];
  readonly mirrored: readonly Float64Array[];
  readonly groups: readonly string[];
  readonly problems: readonly Problem[];
}): MirrorComparison | null {
  const foldOf = foldsOf(groups);
  const results = problems
    .flatMap(single)
    .flatMap(({ classes, labels }) => compareOne({ whole, mirrored, groups, foldOf, classes, labels }) ?? []);
  if (results.length === 0) return null;
  // With several questions, one may look worse by chance.
  const confidence = 1 - (1 - CONFIDENCE) / results.length;
  const worst = results.reduce((most, next) =>
    next.whole - next.mirrored > most.whole - most.mirrored ? next : most,
  );
  const keepsClasses = results.every(({ differences }) => !isAboveZero(differences, confidence));
  const { whole: right, mirrored: turned, images } = worst;
  return { keepsClasses, whole: right, mirrored: turned, images };
}

/** A multi-label problem as several of two classes each. */
function single({
  classes,
  labels,
}: Problem): { classes: readonly string[]; labels: (string | undefined)[] }[] {
  const isMulti = labels.some((label) => typeof label === 'object');
  if (!isMulti)
    return [{ classes, labels: labels.map((label) => (typeof label === 'string' ? label : undefined)) }];
  const has = (k: string) =>
    labels.map((label) => (typeof label === 'object' ? label.includes(k) : undefined));
  const balance = (k: string) =>
    Math.abs(has(k).filter((each) => each === true).length / labels.length - 0.5);
  return [...classes]
    .sort((a, b) => balance(a) - balance(b))
    .slice(0, MOST_LABELS)
    .map((k) => ({
      classes: ['no', 'yes'],
      labels: has(k).map((each) => (each === undefined ? undefined : each ? 'yes' : 'no')),
    }));
}

function compareOne({
  whole,
  mirrored,
  groups,
  foldOf,
  classes,
  labels,
}: {
  readonly whole: readonly Float64Array[];
  readonly mirrored: readonly Float64Array[];
  readonly groups: readonly string[];
  readonly foldOf: readonly number[];
  readonly classes: readonly string[];
  readonly labels: readonly (string | undefined)[];
}): { whole: number; mirrored: number; images: number; differences: number[] } | undefined {
  // A class in one fold alone cannot be held out.
  const known = classes.filter((name) => new Set(foldOf.filter((_, i) => labels[i] === name)).size >= 2);
  if (known.length < 2) return undefined;
  const rows = [...labels.keys()].filter((i) => known.includes(labels[i]!));
  const byGroup = new Map<string, number>();
  let [right, turned, images] = [0, 0, 0];
  for (let fold = 0; fold < FOLDS; fold++) {
    const fitted = rows.filter((i) => foldOf[i] !== fold);
    const held = rows.filter((i) => foldOf[i] === fold);
    const present = known.filter((name) => fitted.some((i) => labels[i] === name));
    if (held.length === 0 || present.length < 2) continue;
    const standard = standardizer(fitted.map((i) => whole[i]!));
    const targets = oneHot(
      fitted.map((i) => present.indexOf(labels[i]!)),
      present.length,
    );
    const model = fitLogisticRegression(standard(fitted.map((i) => whole[i]!)), targets, present.length, {
      c: C,
      tolerance: 1e-4,
      maxIterations: 60,
    });
    const guesses = (features: readonly Float64Array[]) => {
      const scores = linearScores(model, standard(held.map((i) => features[i]!)));
      return held.map((_, at) => present[argmax(scores, at * present.length, present.length)]);
    };
    const [plain, flipped] = [guesses(whole), guesses(mirrored)];
    for (const [at, i] of held.entries()) {
      const [a, b] = [Number(plain[at] === labels[i]), Number(flipped[at] === labels[i])];
      right += a;
      turned += b;
      images++;
      byGroup.set(groups[i]!, (byGroup.get(groups[i]!) ?? 0) + a - b);
    }
  }
  if (images === 0) return undefined;
  return { whole: right / images, mirrored: turned / images, images, differences: [...byGroup.values()] };
}

/** Whether the mean is above 0 beyond chance, by Student's t; one more group without difference keeps few ones unsure. */
function isAboveZero(values: readonly number[], confidence: number): boolean {
  const all = [...values, 0];
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1);
  if (variance === 0) return mean > 0;
  return mean / Math.sqrt(variance / all.length) > studentQuantile(confidence, all.length - 1);
}

/** Folds of whole groups, by their hashes. */
function foldsOf(groups: readonly string[]): number[] {
  const order = [...new Set(groups)].map((group) => ({ group, hash: hashBytes(group) }));
  order.sort((a, b) => compareCodeUnits(a.hash, b.hash));
  const folds = new Map(order.map(({ group }, i) => [group, i % FOLDS]));
  return groups.map((group) => folds.get(group)!);
}

/** Subtracts the mean of these rows and divides by their standard deviation; rows side by side. */
function standardizer(rows: readonly Float64Array[]): (of: readonly Float64Array[]) => Float64Array {
  const width = rows[0]!.length;
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (const row of rows) for (let d = 0; d < width; d++) mean[d] = mean[d]! + row[d]! / rows.length;
  for (const row of rows)
    for (let d = 0; d < width; d++) deviation[d] = deviation[d]! + (row[d]! - mean[d]!) ** 2 / rows.length;
  for (let d = 0; d < width; d++) deviation[d] = deviation[d]! > 1e-9 ? Math.sqrt(deviation[d]!) : 1;
  return (of) => {
    const result = new Float64Array(of.length * width);
    for (const [i, row] of of.entries())
      for (let d = 0; d < width; d++) result[i * width + d] = (row[d]! - mean[d]!) / deviation[d]!;
    return result;
  };
}
