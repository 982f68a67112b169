import { matchesGlob, PodiumError } from '@podium/core';
import { isLora } from '@podium/nn';
import { type ImageModel, isClassifier } from '../image-model.ts';

/**
 * Which parameters of the backbone are trained: all; the scales and shifts of its norms; everything that is called a bias; or
 * those whose paths match a glob such as `blocks.11.*`.
 */
export type TrainableRule = 'all' | 'norms' | 'biases' | readonly string[];

/**
 * Paths of the parameters that a rule trains. The classifiers and updates of low rank always are among them.
 *
 * @throws PodiumError `zoo-trainable` if the rule matches nothing in the backbone
 *
 * @example
 * const paths = trainablePaths(model, 'norms');
 */
export function trainablePaths(model: ImageModel, rule: TrainableRule): ReadonlySet<string> {
  const all = model.namedParameters().map(([path]) => path);
  const norms = new Set(
    [...model.namedModules()].filter(([, module]) => 'isNorm' in module).map(([path]) => path),
  );
  const matches = (path: string): boolean => {
    if (rule === 'all') return true;
    if (rule === 'norms') return norms.has(path.slice(0, Math.max(0, path.lastIndexOf('.'))));
    if (rule === 'biases') return /(^|[._])bias$/.test(path);
    return rule.some((glob) => matchesGlob(path, glob));
  };
  const backbone = all.filter((path) => !isClassifier(path, model) && !isLora(path));
  const chosen = backbone.filter(matches);
  if (chosen.length === 0 && rule.length > 0) {
    throw new PodiumError({
      code: 'zoo-trainable',
      path: { key: 'trainable' },
      message: `no parameter of the network is trained by ${JSON.stringify(rule)}`,
      expected: 'all, norms, biases, or globs of paths of parameters',
      got: `parameters such as ${backbone.slice(0, 3).join(', ')}`,
      fix: 'choose another rule; with method: probe, nothing but the classifier is trained',
    });
  }
  return new Set([...chosen, ...all.filter((path) => isClassifier(path, model) || isLora(path))]);
}
