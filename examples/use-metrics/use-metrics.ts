import { Predictions, Rng } from '@podium/core';
import {
  alignTruth,
  bootstrap,
  type Comparison,
  compareModels,
  type Interval,
  metrics,
} from '@podium/metrics';

const CLASSES = ['cat', 'dog', 'bird'];
const macroF1 = metrics.get('f1-macro');

/** True classes by id. */
export type Labels = ReadonlyMap<string, string>;

/** Macro F1 with a 95 % interval. With groups, the interval resamples people, not images. */
export function score(predictions: Predictions, labels: Labels): Interval {
  return bootstrap(alignTruth(predictions, labels), macroF1, { rng: Rng.fromSeed(1) });
}

/** Whether the second model is better, worse, or within noise of the first, on the same images. */
export function compare(first: Predictions, second: Predictions, labels: Labels): Comparison {
  const rows = [first, second.align(first.ids)].map((predictions) => alignTruth(predictions, labels));
  return compareModels(rows[0]!, rows[1]!, macroF1, { rng: Rng.fromSeed(1) });
}

/** Images of 60 people, five each, with two models: the second knows a little more than the first. */
export function makeModels(): {
  readonly first: Predictions;
  readonly second: Predictions;
  readonly labels: Labels;
} {
  const rng = Rng.fromSeed('animals');
  const ids = Array.from({ length: 300 }, (_, row) => `${row}.jpg`);
  const truth = ids.map(() => rng.int(CLASSES.length));
  const noise = rng.fillNormal(new Float32Array(ids.length * CLASSES.length));
  const model = (skill: number) =>
    new Predictions({
      ids,
      classes: CLASSES,
      kind: 'logits',
      groups: ids.map((_, row) => `person ${Math.floor(row / 5)}`),
      values: noise.map(
        (value, i) => value + (truth[Math.floor(i / 3)] === i % 3 ? skill : 0) + 0.5 * rng.normal(),
      ),
    });
  return {
    first: model(1),
    second: model(1.2),
    labels: new Map(ids.map((id, row) => [id, CLASSES[truth[row]!]!])),
  };
}

if (process.argv[1] === import.meta.filename) {
  const { first, second, labels } = makeModels();
  console.log(`${macroF1.title}: ${macroF1.meaning}`);
  for (const predictions of [first, second]) {
    const { estimate, low, high } = score(predictions, labels);
    console.log(`${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`);
  }
  const { difference, withinNoise } = compare(first, second, labels);
  const { estimate, low, high } = difference;
  console.log(
    `second - first: ${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]${withinNoise ? ', within noise' : ''}`,
  );
}
