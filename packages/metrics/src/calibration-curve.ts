import { fail, type ScoredRows } from './scored-rows.ts';
import { type CalibrationOptions, checkBins, prepareCalibration } from './support/calibration.ts';

/** One bin of a reliability diagram. */
export interface CalibrationPoint {
  /** The weight of its rows: their number, where none was given. */
  readonly weight: number;
  /** Mean probability of the decided class. */
  readonly confidence: number;
  /** Share of rows that are right. */
  readonly accuracy: number;
}

/**
 * The points of a reliability diagram, from the least confident bin to the most; empty bins are left out.
 * @throws PodiumError `metric-option`, `metric-task` for multi-label rows.
 */
export function calibrationCurve(rows: ScoredRows, options: CalibrationOptions = {}): CalibrationPoint[] {
  if (rows.task !== 'single-label') {
    fail({ code: 'metric-task', message: 'a calibration curve', expected: 'single-label', got: rows.task });
  }
  const { weight, confidence, right } = prepareCalibration(rows, checkBins(options))(rows.weights);
  return Array.from(weight, (w, bin) => ({
    weight: w,
    confidence: confidence[bin]! / w,
    accuracy: right[bin]! / w,
  })).filter((point) => point.weight > 0);
}
