import {
  argmax,
  compareCodeUnits,
  fitLogisticRegression,
  hashBytes,
  linearScores,
  oneHot,
  studentQuantile,
} from '@podium/core';

/** How a classifier that was fitted to images as they are does on others, as they are and changed in one way. */
export interface ChangeComparison {
  /** Whether changed images keep their classes, as far as the classifier can tell. */
  readonly keepsClasses: boolean;
  /** Share of images that are classified correctly: as they are, and changed. */
  readonly whole: number;
  readonly changed: number;
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
/** How sure it must be that changed images are classified worse. */
const CONFIDENCE = 0.995;
/** Classes of a multi-label head that are looked at, the most balanced ones. */
const MOST_LABELS = 6;

/** Features by image. */
type Features = readonly Float64Array[];

interface Compared<Change extends string> {
  readonly whole: Features;
  readonly changed: Readonly<Record<Change, Features>>;
  readonly groups: readonly string[];
}

/**
 * Compares held-out images as they are and changed in several ways, in folds that keep groups together. Changed images count as
 * classified worse where the mean difference over groups is above 0 beyond chance.
 * @returns null if nothing can be held out: fewer than two classes have two groups
 */
export function compareChanged<Change extends string>({
  problems,
  ...compared
}: Compared<Change> & { readonly problems: readonly Problem[] }): Record<Change, ChangeComparison> | null {
  const foldOf = foldsOf(compared.groups);
  const found = problems.flatMap(single).flatMap((problem) => compareOne(compared, foldOf, problem) ?? []);
  if (found.length === 0) return null;
  const names = Object.keys(compared.changed) as Change[];
  return Object.fromEntries(names.map((name) => [name, summary(found.map((of) => of[name]))])) as Record<
    Change,
    ChangeComparison
  >;
}

/** Over all problems: the worst counts. */
function summary(results: readonly Result[]): ChangeComparison {
  // With several questions, one may look worse by chance.
  const confidence = 1 - (1 - CONFIDENCE) / results.length;
  const { whole, changed, images } = results.reduce((most, next) =>
    next.whole - next.changed > most.whole - most.changed ? next : most,
  );
  const keepsClasses = results.every(({ differences }) => !isAboveZero(differences, confidence));
  return { keepsClasses, whole, changed, images };
}

/** Of one problem and one change. */
interface Result extends Omit<ChangeComparison, 'keepsClasses'> {
  /** By group: how many more images are right as they are. */
  readonly differences: readonly number[];
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

function compareOne<Change extends string>(
  { whole, changed, groups }: Compared<Change>,
  foldOf: readonly number[],
  {
    classes,
    labels,
  }: { readonly classes: readonly string[]; readonly labels: readonly (string | undefined)[] },
): Record<Change, Result> | undefined {
  // A class in one fold alone cannot be held out.
  const known = classes.filter((name) => new Set(foldOf.filter((_, i) => labels[i] === name)).size >= 2);
  if (known.length < 2) return undefined;
  const names = Object.keys(changed) as Change[];
  const rows = [...labels.keys()].filter((i) => known.includes(labels[i]!));
  const counts = names.map(() => ({ right: 0, byGroup: new Map<string, number>() }));
  let [right, images] = [0, 0];
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
    const isRight = (features: Features) => {
      const scores = linearScores(model, standard(held.map((i) => features[i]!)));
      return held.map((i, at) =>
        Number(present[argmax(scores, at * present.length, present.length)] === labels[i]),
      );
    };
    const plain = isRight(whole);
    images += held.length;
    right += plain.reduce((sum, one) => sum + one, 0);
    for (const [c, name] of names.entries()) {
      const count = counts[c]!;
      for (const [at, one] of isRight(changed[name]).entries()) {
        const group = groups[held[at]!]!;
        count.right += one;
        count.byGroup.set(group, (count.byGroup.get(group) ?? 0) + plain[at]! - one);
      }
    }
  }
  if (images === 0) return undefined;
  const results = counts.map((count): Result => {
    const differences = [...count.byGroup.values()];
    return { whole: right / images, changed: count.right / images, images, differences };
  });
  return Object.fromEntries(names.map((name, c) => [name, results[c]!])) as Record<Change, Result>;
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
