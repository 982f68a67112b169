import { Predictions, Rng } from '@podium/core';
import { temperature } from '@podium/ensemble';
import { type FeatureMatrix, fitLinearProbe, type LinearProbe, probeLogits } from '@podium/model-zoo';
import {
  calibrateTeachers,
  expectedPrecision,
  type LabelMethod,
  pseudoRows,
  type Teacher,
} from '@podium/pseudo-label';
import type { Food } from './data.ts';

/** A training row: an image, its target and its weight. */
interface Target {
  readonly row: number;
  readonly probabilities: readonly number[];
  readonly weight: number;
}

/** A student's out-of-fold predictions, and the quality of its labels. */
export interface Student {
  readonly oof: Predictions;
  /** Per fold: the number of labels, how many are correct, and the expected precision. */
  readonly labels: readonly { readonly given: number; readonly right: number; readonly expected: number }[];
}

/** Some photographs labeled, in folds; the others external. */
export interface Split {
  readonly food: Food;
  readonly labeled: readonly number[];
  readonly outside: readonly number[];
  readonly foldOf: ReadonlyMap<string, number>;
  readonly folds: number;
  readonly c: number;
}

/** One probe per fold, trained on true labels and on `more` rows of that fold. */
function fitFolds(split: Split, network: number, more: (fold: number) => readonly Target[]): LinearProbe[] {
  const { food, labeled, foldOf, folds, c } = split;
  return Array.from({ length: folds }, (_, fold) => {
    const train = labeled.filter((row) => foldOf.get(idOf(food, row)) !== fold);
    const targets: Target[] = train.map((row) => ({ row, probabilities: truth(food, row), weight: 1 }));
    return fitProbe(food, food.features[network]!, [...targets, ...more(fold)], c);
  });
}

const supervised = new WeakMap<Split, Map<number, LinearProbe[]>>();

/** Probes on true labels only, fitted once. */
function fitSupervised(split: Split, network: number): LinearProbe[] {
  const known = supervised.get(split) ?? new Map<number, LinearProbe[]>();
  supervised.set(split, known);
  const probes = known.get(network) ?? fitFolds(split, network, () => []);
  known.set(network, probes);
  return probes;
}

function fitProbe(
  { classes }: Food,
  features: FeatureMatrix,
  rows: readonly Target[],
  c: number,
): LinearProbe {
  const targets = Float32Array.from(
    rows.flatMap(({ probabilities, weight }) => probabilities.map((value) => value * weight)),
  );
  return fitLinearProbe(
    features,
    rows.map(({ row }) => row),
    [],
    classes.length,
    { c, targets },
  );
}

function predict(food: Food, network: number, probe: LinearProbe, rows: readonly number[]): Predictions {
  const groups = rows.map((row) => food.rows[row]!.group ?? idOf(food, row));
  return new Predictions({
    ids: rows.map((row) => idOf(food, row)),
    classes: food.classes,
    kind: 'logits',
    groups,
    values: probeLogits(probe, food.features[network]!, rows),
  });
}

function outOfFold(split: Split, network: number, probes: readonly LinearProbe[]): Predictions {
  const { food, labeled, foldOf } = split;
  const parts = probes.map((probe, fold) =>
    predict(
      food,
      network,
      probe,
      labeled.filter((row) => foldOf.get(idOf(food, row)) === fold),
    ).withFold(fold),
  );
  return Predictions.concat(parts).align(labeled.map((row) => idOf(food, row)));
}

/** The first network's probe on true labels only. */
export function baseline(split: Split): Predictions {
  return outOfFold(split, 0, fitSupervised(split, 0));
}

/** The probe with the true labels of the external images: the upper bound for pseudo labels. */
export function oracle(split: Split): Predictions {
  const { food, outside } = split;
  const more = outside.map((row) => ({ row, probabilities: truth(food, row), weight: 1 }));
  return outOfFold(
    split,
    0,
    fitFolds(split, 0, () => more),
  );
}

/**
 * The first network's student after some rounds. The teacher of fold k is the probe that was trained without fold k; with
 * `several`, the probes of all networks.
 */
export function teach(split: Split, method: LabelMethod, rounds: number, several: boolean): Student {
  const { food, labeled, outside, foldOf, folds } = split;
  const indexOf = new Map(food.rows.map(({ id }, row) => [id, row]));
  const networks = several ? [...food.features.keys()] : [0];
  const teachers: Teacher[] = [];
  let probes = networks.map((network) => fitSupervised(split, network));
  let labels: Student['labels'][number][] = [];
  for (let round = 1; round <= rounds; round++) {
    const oofs = networks.map((network) => outOfFold(split, network, probes[network]!));
    const studentRows: Target[][] = [];
    labels = [];
    for (let fold = 0; fold < folds; fold++) {
      const key = `${round}/${fold}`;
      const foldsSeen = [...Array(folds).keys()].filter((other) => other !== fold);
      teachers.push({ key, round, foldsSeen, taughtBy: round === 1 ? [] : [`${round - 1}/${fold}`] });
      const calibrated = calibrateTeachers({
        calibrator: temperature(),
        teachers: networks.map((network) => predict(food, network, probes[network]![fold]!, outside)),
        outOfFold: {
          members: oofs,
          truth: Int32Array.from(labeled, (row) => food.classes.indexOf(labelOf(food, row))),
        },
        fold,
        rng: Rng.fromSeed(`${key} calibrate`),
      });
      const labelSet = method.label({
        head: 'class',
        classes: food.classes,
        round,
        teachers: calibrated.teachers,
        outOfFold: calibrated.outOfFold,
        rng: Rng.fromSeed(`${key} label`),
      });
      const { rows } = pseudoRows({
        fold,
        teacher: key,
        teachers,
        labelSets: [labelSet],
        images: outside.map((row) => ({ id: idOf(food, row), image: row, origin: 'external' as const })),
        validation: labeled
          .filter((row) => foldOf.get(idOf(food, row)) === fold)
          .map((row) => ({ id: idOf(food, row) })),
      });
      studentRows.push(
        rows.map(({ image, labels: hard, softLabels, weight }) => ({
          row: image,
          probabilities: softLabels?.class ?? food.classes.map((name) => Number(name === hard.class)),
          weight,
        })),
      );
      const correct = labelSet.labels.filter(({ id, label }) => label === labelOf(food, indexOf.get(id)!));
      const { estimate } = expectedPrecision({ method, labelSet, outOfFold: calibrated.outOfFold });
      labels.push({ given: labelSet.labels.length, right: correct.length, expected: estimate ?? Number.NaN });
    }
    const wanted = round < rounds ? networks : [0];
    probes = wanted.map((network) => fitFolds(split, network, (fold) => studentRows[fold]!));
  }
  return { oof: outOfFold(split, 0, probes[0]!), labels };
}

function idOf({ rows }: Food, row: number): string {
  return rows[row]!.id;
}

export function labelOf({ rows }: Food, row: number): string {
  return rows[row]!.labels.class as string;
}

function truth(food: Food, row: number): number[] {
  const label = labelOf(food, row);
  return food.classes.map((name) => Number(name === label));
}
