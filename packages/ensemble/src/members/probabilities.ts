import { fail, logSumExp, type Predictions, type Scorable, sigmoid, softmaxInPlace } from '@podium/core';

/** `[N,K]` probabilities in float64; for regression, the numbers. */
export function probabilitiesOf({ values, kind, task, classes }: Scorable): Float64Array {
  const result = Float64Array.from(values);
  if (kind !== 'logits') return result;
  return task === 'multi-label' ? result.map(sigmoid) : softmaxInPlace(result, classes.length);
}

/**
 * Refuses numbers where a rule needs probabilities.
 * @throws PodiumError `ensemble-task`
 */
export function assertClasses({ task }: Pick<Predictions, 'task'>, rule: string): void {
  if (task !== 'regression') return;
  fail({
    code: 'ensemble-task',
    message: `the rule "${rule}" is for probabilities`,
    expected: 'predictions of classes',
    got: task,
    fix: 'set ensemble.method: mean (or weighted-mean) to blend numbers',
  });
}

/** Probabilities are raised to this before taking the logarithm: float32's smallest normal number. */
const MIN_PROBABILITY = 1.1754943508222875e-38;

/** `[N,K]` log probabilities, none below log(1.2e-38); computed directly from logits. */
export function logProbabilitiesOf({ values, kind, task, classes }: Predictions): Float64Array {
  const lowest = Math.log(MIN_PROBABILITY);
  if (kind === 'probabilities') {
    return Float64Array.from(values, (value) => Math.log(Math.max(value, MIN_PROBABILITY)));
  }
  if (task === 'multi-label')
    return Float64Array.from(values, (logit) => Math.max(lowest, -softplus(-logit)));
  const result = Float64Array.from(values);
  const width = classes.length;
  for (let start = 0; start < result.length; start += width) {
    const row = result.subarray(start, start + width);
    const total = logSumExp(row);
    for (let k = 0; k < width; k++) row[k] = Math.max(lowest, row[k]! - total);
  }
  return result;
}

/** `[N,K]` inputs of linear models and temperatures: logits, or the logarithms of probabilities. */
export function scoresOf(member: Predictions): Float64Array {
  return member.kind === 'logits' ? Float64Array.from(member.values) : logProbabilitiesOf(member);
}

/** Divides each row of `width` values by its sum, in place; a row of zeros becomes uniform. */
export function normalizeRows(values: Float64Array, width: number): Float64Array {
  for (let start = 0; start < values.length; start += width) {
    const end = start + width;
    let sum = 0;
    for (let i = start; i < end; i++) sum += values[i]!;
    for (let i = start; i < end; i++) values[i] = sum > 0 ? values[i]! / sum : 1 / width;
  }
  return values;
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
