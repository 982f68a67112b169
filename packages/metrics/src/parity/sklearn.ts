import { fail } from '@podium/core';
import { confusionMatrix } from '../class-counts/confusion-matrix.ts';
import type { Metric } from '../metric.ts';
import { accuracy } from '../metrics/accuracy.ts';
import { balancedAccuracy } from '../metrics/balanced-accuracy.ts';
import { cohenKappa } from '../metrics/cohen-kappa.ts';
import { f1 } from '../metrics/f1.ts';
import { logLoss } from '../metrics/log-loss.ts';
import { mcc } from '../metrics/mcc.ts';
import { precision } from '../metrics/precision.ts';
import { recall } from '../metrics/recall.ts';
import { rocAuc } from '../metrics/roc-auc.ts';
import { topK } from '../metrics/top-k.ts';
import { type ScoredRows, scoreRows } from '../scored-rows.ts';

/** One metric compared over all cases of a file. */
export interface ParityCheck {
  /** The metric's name in the file. */
  readonly name: string;
  /** Number of values compared. */
  readonly compared: number;
  /** The largest |ours - theirs| / max(|theirs|, 1e-6); infinite if only one of the two is defined. */
  readonly worst: number;
  /** worst <= 1e-9. */
  readonly ok: boolean;
}

interface Case {
  readonly classes: number;
  readonly y_true: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
  readonly expected: Readonly<Record<string, number | null>>;
  readonly confusion_matrix?: readonly (readonly number[])[];
}

const TOLERANCE = 1e-9;
/** Smaller values are compared absolutely: a kappa of 0 is 2e-16 in scikit-learn. */
const MIN_SCALE = 1e-6;

/** The metrics by their names in the file, with scikit-learn's defaults. */
const NAMES: Readonly<Record<string, Metric>> = {
  accuracy,
  balanced_accuracy: balancedAccuracy,
  macro_f1: f1(),
  macro_f1_all_labels: f1({ labels: 'all' }),
  weighted_f1: f1({ average: 'weighted' }),
  micro_f1: f1({ average: 'micro' }),
  macro_precision: precision(),
  macro_recall: recall(),
  mcc,
  cohen_kappa: cohenKappa(),
  quadratic_weighted_kappa: cohenKappa({ penalty: 'quadratic', labels: 'present' }),
  log_loss: logLoss(),
  top3_accuracy: topK(3),
  roc_auc_ovr_macro: rocAuc({ labels: 'all' }),
};

/**
 * Compares metrics with scikit-learn's values in a file (`{ source, cases: [{ classes, y_true, probabilities, expected,
 * confusion_matrix }] }`): one check per metric, in the file's order.
 * @throws PodiumError `parity-file` for JSON of another form or an unknown metric; what `scoreRows` throws
 */
export function checkSklearnFile(json: unknown): ParityCheck[] {
  const worst = new Map<string, { compared: number; deviation: number }>();
  const note = (name: string, deviation: number) => {
    const before = worst.get(name) ?? { compared: 0, deviation: 0 };
    worst.set(name, { compared: before.compared + 1, deviation: Math.max(before.deviation, deviation) });
  };
  casesOf(json).forEach((one, index) => {
    const rows = rowsOf(one, index);
    for (const [name, theirs] of Object.entries(one.expected)) {
      const metric =
        NAMES[name] ?? malformed(`cases[${index}].expected`, Object.keys(NAMES), JSON.stringify(name));
      // The file has no top-3 accuracy for fewer than four classes.
      if (name === 'top3_accuracy' && theirs === null) continue;
      note(name, deviation(metric.prepare(rows)(rows.weights), theirs));
    }
    const counts = one.confusion_matrix?.flat();
    if (counts !== undefined) note('confusion_matrix', matrixDeviation(rows, counts, index));
  });
  return [...worst].map(([name, { compared, deviation: largest }]) => ({
    name,
    compared,
    worst: largest,
    ok: largest <= TOLERANCE,
  }));
}

function deviation(ours: number, theirs: number | null): number {
  if (theirs === null || Number.isNaN(ours)) {
    return theirs === null && Number.isNaN(ours) ? 0 : Number.POSITIVE_INFINITY;
  }
  return Math.abs(ours - theirs) / Math.max(Math.abs(theirs), MIN_SCALE);
}

function matrixDeviation(rows: ScoredRows, theirs: readonly number[], index: number): number {
  const { counts } = confusionMatrix(rows);
  if (theirs.length !== counts.length) {
    malformed(`cases[${index}].confusion_matrix`, `${counts.length} counts`, String(theirs.length));
  }
  return counts.reduce((most, count, cell) => Math.max(most, deviation(count, theirs[cell]!)), 0);
}

function casesOf(json: unknown): readonly Case[] {
  const cases = (json as { cases?: unknown } | null)?.cases;
  if (!Array.isArray(cases) || cases.length === 0)
    return malformed('cases', 'a list of at least one case', typeof cases);
  return cases as Case[];
}

function rowsOf({ classes, y_true, probabilities, expected }: Case, index: number): ScoredRows {
  const key = `cases[${index}]`;
  const isMatrix =
    Number.isInteger(classes) &&
    Array.isArray(y_true) &&
    Array.isArray(probabilities) &&
    probabilities.length === y_true.length &&
    probabilities.every((row) => Array.isArray(row) && row.length === classes);
  if (!isMatrix || typeof expected !== 'object' || expected === null) {
    malformed(
      key,
      'classes, y_true [N], probabilities [N][classes] and expected',
      Object.keys(expected ?? {}).join('|'),
    );
  }
  return scoreRows(
    {
      classes: Array.from({ length: classes }, (_, k) => String(k)),
      kind: 'probabilities',
      task: 'single-label',
      values: Float64Array.from(probabilities.flat()),
    },
    y_true,
  );
}

function malformed(key: string, expected: string | readonly string[], got: string): never {
  return fail({
    code: 'parity-file',
    path: { key },
    expected,
    got,
    fix: "pass a file of scikit-learn's metric values",
  });
}
