import { fail } from '@podium/core';
import type { ScoredRows } from '../scored-rows.ts';
import { type CalibrationOptions, checkBins, prepareCalibration } from './calibration-bins.ts';

/** One bin of a reliability diagram. */
export interface CalibrationPoint {
  /** Weight of its rows; without weights, their number. */
  readonly weight: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
  /** Share of rows that are predicted correctly. */
  readonly accuracy: number;
}

/**
 * The points of a reliability diagram, in order of confidence; without empty bins.
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
