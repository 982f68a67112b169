import { type Predictions, wilson } from '@podium/core';
import { confidentLearning } from '@podium/ensemble';
import { calibrationCurve, rankingCurves, type ScoredRows } from '@podium/metrics';
import type { Calibration, HeadResults, LabelIssue, LabelMistakes, ModelScore, Sample } from '@podium/report';
import type { ScoredTarget } from '@podium/submission';
import { labeled, labelOf, scored } from '../heads/scored-rows.ts';
import { scoredTargets } from '../heads/scored-targets.ts';
import type { HeadScore } from '../stages/score.ts';
import { numberResults } from './number-results.ts';
import type { RunResults } from './run-results.ts';
import { testResults } from './test-results.ts';

/** One head of the report: what is scored, or a predicted head that is scored only together with others. */
export interface ShownHead extends HeadResults {
  readonly head: string;
  /** The predicted head that it shows; undefined for a combination. */
  readonly predicted: string | undefined;
}

const CALIBRATION_BINS = 10;
const MISTAKES_SHOWN = 24;

/** The heads that a report shows, in the order in which they are scored. */
export function headResults(results: RunResults): ShownHead[] {
  const { score, oof, form, train } = results;
  const targets = scoredTargets(oof, train.rows, form, train.heads);
  const points = curvePoints(Math.max(targets.length, oof.size));
  const shown = score.heads.map((own, t): ShownHead => {
    const target = form?.targets?.[t];
    const { rows, heads } = targets[t]!;
    const [head] = heads;
    const isAlone =
      heads.length === 1 && score.heads.filter((other) => other.heads.includes(head!)).length === 1;
    const predictions = isAlone ? oof.get(head!) : undefined;
    return {
      head: own.head,
      predicted: predictions === undefined ? undefined : head,
      ...scoresOf(own),
      ...(predictions === undefined
        ? ofTarget(rows)
        : ofPredictions(results, head!, predictions, points, { rows, target })),
      testPredictions: testResults(results, rows, target, heads),
    };
  });
  const covered = new Set(shown.map(({ predicted }) => predicted));
  const others = [...oof].flatMap(([head, predictions]): ShownHead[] =>
    covered.has(head)
      ? []
      : [{ head, predicted: head, ...ofPredictions(results, head, predictions, points, undefined) }],
  );
  return [...shown, ...others];
}

/** Fewer where there are many curves. */
function curvePoints(heads: number): number {
  return Math.max(30, Math.floor(200 / heads));
}

function scoresOf({ cv, folds, classes, members }: HeadScore): Partial<HeadResults> {
  const several = members.length > 1;
  return {
    headScore: { value: cv.estimate, interval: { low: cv.low, high: cv.high } },
    folds: folds.map(({ fold, rows, score }) => ({ fold, rows, score })),
    perClass: classes.map(({ interval, ...own }) => ({
      ...own,
      ...(interval !== null && { interval: { low: interval.low, high: interval.high } }),
    })),
    models: members.map(
      ({ name, cv: own, blendGain, withinNoise }): ModelScore => ({
        name,
        score: { value: own.estimate, interval: { low: own.low, high: own.high } },
        ...(several && {
          blendGain: {
            value: blendGain.estimate,
            interval: { low: blendGain.low, high: blendGain.high },
            withinNoise,
          },
        }),
      }),
    ),
  };
}

/** A combination of heads: its classes as they are written; there is no probability of them. */
function ofTarget(rows: ScoredRows): Partial<HeadResults> {
  if (rows.task === 'regression') return { numbers: numberResults(rows) };
  if (rows.task === 'multi-label') return { classes: rows.classes };
  return {
    classes: rows.classes,
    samples: Array.from({ length: rows.length }, (_, i) => ({
      id: rows.ids![i]!,
      truth: rows.truth[i]!,
      predicted: rows.predicted[i]!,
      ...(rows.folds !== undefined && { fold: rows.folds[i]! }),
    })),
  };
}

function ofPredictions(
  { train, rowOf }: RunResults,
  head: string,
  predictions: Predictions,
  maxPoints: number,
  written: { readonly rows: ScoredRows; readonly target: ScoredTarget | undefined } | undefined,
): Partial<HeadResults> {
  const rows = scored(predictions, train.rows, head);
  // The written numbers, where they are about the same columns.
  if (rows.task === 'regression') {
    const isSame = written?.rows.classes.length === rows.classes.length;
    return { numbers: numberResults(isSame ? written.rows : rows) };
  }
  const shared = {
    classes: predictions.classes,
    ranking: rankingCurves(rows, { maxPoints }),
    calibration: [calibrationOf(rows)],
  };
  if (rows.task === 'multi-label')
    return { ...shared, labelMistakes: labelMistakes(rows, written?.rows ?? rows) };
  const samples = samplesOf(predictions, rowOf, head);
  const learning =
    predictions.classes.length > 1
      ? confidentLearning(rows.truth, labeled(predictions, train.rows, head))
      : undefined;
  const confidence = new Map(samples.map((sample) => [sample.id, sample.confidence]));
  return {
    ...shared,
    samples,
    ...(learning !== undefined && {
      labelNoise: learning.noise,
      labelIssues: learning.issues.flatMap(({ id, given, suggested, quality }): LabelIssue[] => {
        const { image, labels } = rowOf.get(id)!;
        // A label that is given as probabilities cannot be patched.
        if (!Object.hasOwn(labels, head)) return [];
        const manifestRow = { path: image.path, labels };
        return [{ id, head, given, suggested, quality, confidence: confidence.get(id), manifestRow }];
      }),
    }),
  };
}

function samplesOf(predictions: Predictions, rowOf: RunResults['rowOf'], head: string): Sample[] {
  const best = predictions.argmax();
  const classAt = new Map(predictions.classes.map((name, k) => [name, k]));
  return predictions.ids.map((id, i) => {
    const row = rowOf.get(id);
    const label = row && labelOf(row, { name: head, classes: predictions.classes });
    const truth = typeof label === 'string' ? classAt.get(label) : undefined;
    const predicted = best[i]!;
    return {
      id,
      predicted,
      confidence: Math.round(predictions.row(i)[predicted]! * 1e4) / 1e4,
      ...(truth !== undefined && { truth }),
      ...(predictions.folds !== undefined && { fold: predictions.folds[i]! }),
    };
  });
}

/** Decisions that are wrong, those furthest from right first. */
function labelMistakes(rows: ScoredRows, written: ScoredRows): LabelMistakes {
  // The written decisions, where they are about the same labels.
  const isSame =
    written.task === 'multi-label' &&
    written.truth.length === rows.truth.length &&
    written.truth.every((value, i) => value === rows.truth[i]);
  const { predicted } = isSame ? written : rows;
  const { truth, probabilities, classes, ids, folds, length } = rows;
  const width = classes.length;
  const wrong = Array.from(truth.keys()).filter((i) => truth[i] !== predicted[i]);
  const error = (i: number) => Math.abs(truth[i]! - probabilities[i]!);
  const images = new Set(wrong.map((i) => Math.floor(i / width)));
  return {
    images: length,
    wrongImages: images.size,
    shown: wrong
      .toSorted((a, b) => error(b) - error(a) || a - b)
      .slice(0, MISTAKES_SHOWN)
      .map((i) => {
        const row = Math.floor(i / width);
        return {
          id: ids![row]!,
          class: classes[i % width]!,
          given: truth[i] === 1,
          probability: Math.round(probabilities[i]! * 1e4) / 1e4,
          ...(folds !== undefined && { fold: folds[row]! }),
        };
      }),
  };
}

/** Reliability of the predicted class, or of each label where there are several per image. */
function calibrationOf(rows: ScoredRows): Calibration {
  const points = rows.task === 'single-label' ? calibrationCurve(rows) : labelCalibration(rows);
  // Images of a group are not independent.
  const independent = new Set(rows.groups ?? rows.ids).size / rows.length;
  return {
    name: rows.task === 'single-label' ? 'the blend, out of fold' : 'each label, out of fold',
    points: points.map((point) => ({
      ...point,
      interval: wilson(point.accuracy, Math.max(1, point.weight * independent)),
    })),
  };
}

function labelCalibration({ truth, probabilities }: ScoredRows): Calibration['points'] {
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ weight: 0, confidence: 0, accuracy: 0 }));
  for (let i = 0; i < truth.length; i++) {
    const p = probabilities[i]!;
    const bin = bins[Math.min(CALIBRATION_BINS - 1, Math.floor(p * CALIBRATION_BINS))]!;
    bin.weight++;
    bin.confidence += p;
    bin.accuracy += truth[i]!;
  }
  return bins
    .filter(({ weight }) => weight > 0)
    .map(({ weight, confidence, accuracy }) => ({
      weight,
      confidence: confidence / weight,
      accuracy: accuracy / weight,
    }));
}
