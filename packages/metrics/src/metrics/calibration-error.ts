import {
  type CalibrationBins,
  type CalibrationOptions,
  checkBins,
  prepareCalibration,
} from '../calibration/calibration-bins.ts';
import { defineMetric, type Metric } from '../metric.ts';

/**
 * Expected calibration error (Guo et al. 2017): the mean distance, over bins of confidence, between the mean probability of
 * the predicted class and the share of correct rows. Adaptive bins have equal weight (Nixon et al. 2019).
 * @throws PodiumError `metric-option` unless bins is an integer >= 1
 */
export function calibrationError(options: CalibrationOptions = {}): Metric {
  const { bins, adaptive } = checkBins(options);
  return defineMetric({
    name: `${adaptive ? 'adaptive-' : ''}ece${bins === 15 ? '' : `-${bins}`}`,
    title: `${adaptive ? 'Adaptive' : 'Expected'} calibration error${bins === 15 ? '' : ` (${bins} bins)`}`,
    meaning: `The mean distance between confidence and accuracy, over ${bins} bins of equal ${adaptive ? 'weight' : 'width'}; 0 is perfect.`,
    direction: 'lower',
    range: [0, 1],
    needs: 'probabilities',
    tasks: ['single-label'],
    prepare: (rows) => {
      const fill = prepareCalibration(rows, { bins, adaptive });
      return (weights) => gap(fill(weights));
    },
  });
}

function gap({ weight, confidence, right }: CalibrationBins): number {
  let sum = 0;
  let total = 0;
  for (let bin = 0; bin < weight.length; bin++) {
    sum += Math.abs(confidence[bin]! - right[bin]!);
    total += weight[bin]!;
  }
  return sum / total;
}

export const entries: readonly Metric[] = [calibrationError(), calibrationError({ adaptive: true })];
