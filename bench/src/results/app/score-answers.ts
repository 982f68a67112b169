import { Predictions, Rng } from '@podium/core';
import { readTable } from '@podium/dataset';
import { alignTruth, bootstrap, metrics } from '@podium/metrics';

/** A score with its 95 % interval over groups. */
export interface TestScore {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Scores a submission `id,label` with answers `id,label,group`, as the demos write them. */
export async function scoreAnswers(csv: string, answers: string, metric: string): Promise<TestScore> {
  const submitted = await readCells(csv);
  const truth = await readCells(answers);
  const labels = new Map([...truth].map(([id, [label]]) => [id, label!]));
  const classes = [
    ...new Set([...labels.values(), ...[...submitted.values()].map(([label]) => label!)]),
  ].sort();
  const ids = [...submitted.keys()];
  const values = new Float32Array(ids.length * classes.length);
  for (const [row, [label]] of [...submitted.values()].entries())
    values[row * classes.length + classes.indexOf(label!)] = 1;
  const groups = ids.map((id) => truth.get(id)?.[1] ?? id);
  const predictions = new Predictions({ ids, classes, values, kind: 'probabilities', groups });
  const rows = alignTruth(predictions, labels);
  const { estimate, low, high } = bootstrap(rows, metrics.get(metric), { rng: Rng.fromSeed('test score') });
  return { estimate, low, high };
}

async function readCells(path: string): Promise<Map<string, readonly string[]>> {
  const rows = new Map<string, readonly string[]>();
  await readTable(path, () => ({ cells: [id, ...others] }) => {
    rows.set(id!, others);
  });
  return rows;
}
