import { Predictions, Rng } from '@podium/core';
import { chain, diversity, mean, nested, selection, temperature } from '@podium/ensemble';
import { scoreOf } from '@podium/metrics';

const CLASSES = ['cat', 'dog', 'bird'];
const score = scoreOf('f1-macro');

/** Out-of-fold predictions of training images, with their true classes, and predictions of test images. */
export interface Members {
  readonly names: readonly string[];
  readonly outOfFold: readonly Predictions[];
  readonly truth: Int32Array;
  readonly test: readonly Predictions[];
}

export interface Blended {
  /** The score to report: each fold is predicted with weights that were fitted to the other folds. */
  readonly nestedScore: number;
  /** The score on the rows that the weights were fitted to, which is too optimistic. */
  readonly fittedScore: number;
  readonly meanScore: number;
  readonly test: Predictions;
}

/** Selects members for macro F1, calibrates the blend, and applies both to the test images. */
export function blendMembers({ outOfFold, truth, test }: Members): Blended {
  const method = chain([selection({ score }), temperature()]);
  const fitted = nested(method, outOfFold, truth, { score, rng: Rng.fromSeed(1) });
  return {
    nestedScore: fitted.nestedScore,
    fittedScore: fitted.fittedScore,
    meanScore: score.score(truth, mean(outOfFold)),
    test: method.apply(fitted.parameters, test),
  };
}

/** Three models of different skill, whose errors are partly the same; the images are in five folds. */
export function makeMembers(): Members {
  const rng = Rng.fromSeed('members');
  const draw = (name: string, count: number, folds?: Int32Array) => {
    const truth = Int32Array.from({ length: count }, () => rng.int(CLASSES.length));
    const shared = rng.fillNormal(new Float32Array(count * CLASSES.length));
    const members = [1, 1.3, 1.6].map(
      (skill) =>
        new Predictions({
          ids: Array.from({ length: count }, (_, row) => `${name}-${row}.jpg`),
          classes: CLASSES,
          kind: 'logits',
          values: shared.map(
            (value, i) => 0.6 * value + rng.normal() + (truth[Math.floor(i / 3)] === i % 3 ? skill : 0),
          ),
          folds,
        }),
    );
    return { members, truth };
  };
  const train = draw(
    'train',
    400,
    Int32Array.from({ length: 400 }, (_, row) => row % 5),
  );
  return {
    names: ['resnet', 'convnext', 'vit'],
    outOfFold: train.members,
    truth: train.truth,
    test: draw('test', 50).members,
  };
}

if (process.argv[1] === import.meta.filename) {
  const members = makeMembers();
  for (const { name, score: alone, gain } of diversity(members.outOfFold, members.truth, {
    score,
    names: members.names,
  })) {
    console.log(`${name}: ${alone.toFixed(3)} alone, adds ${gain.toFixed(3)} to the mean`);
  }
  const { nestedScore, fittedScore, meanScore, test } = blendMembers(members);
  console.log(`mean of all: ${meanScore.toFixed(3)}`);
  console.log(
    `selection: ${nestedScore.toFixed(3)} nested (${fittedScore.toFixed(3)} on the rows it was fitted to)`,
  );
  console.log(`${test.ids[0]}: ${test.classes[test.argmax()[0]!]}`);
}
