import type { ScoreInterval } from '@podium/competition';
import { Predictions, Rng } from '@podium/core';
import { alignTruth, bootstrap, metrics } from '@podium/metrics';
import { readSubmissionTable } from '@podium/submission';

/** The true score of a submission. */
export interface TestScore extends ScoreInterval {
  /** Test images. */
  readonly rows: number;
}

/**
 * Scores a submission with one label per row against the hidden answers, with an interval over groups of images.
 * @throws PodiumError `metric-truth-missing` and the like if the ids differ from those of the answers, and those of reading
 * tables
 */
export async function scoreSubmission(csv: string, answers: string, metricName: string): Promise<TestScore> {
  const submission = await readSubmissionTable(csv);
  const truth = await readSubmissionTable(answers);
  const labels = new Map(truth.rows.map(({ id, cells }) => [id, cells[1]!]));
  const groups = new Map(truth.rows.map(({ id, cells }) => [id, cells[2]!]));
  const predicted = submission.rows.map(({ cells }) => cells[1]!);
  const classes = [...new Set([...labels.values(), ...predicted])].sort();
  const values = new Float32Array(predicted.length * classes.length);
  for (const [row, label] of predicted.entries()) values[row * classes.length + classes.indexOf(label)] = 1;
  const ids = submission.rows.map(({ id }) => id);
  const predictions = new Predictions({
    ids,
    classes,
    values,
    kind: 'probabilities',
    groups: ids.map((id) => groups.get(id) ?? id),
  });
  const rows = alignTruth(predictions, labels);
  const { estimate, low, high } = bootstrap(rows, metrics.get(metricName), {
    rng: Rng.fromSeed('test score'),
  });
  return { estimate, low, high, rows: rows.length };
}
