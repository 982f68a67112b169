import { PodiumError } from '@podium/core';
import { IMAGE_URI } from './page/image-data-uri.ts';
import type { Interval, ReportData } from './report-data.ts';

/**
 * Holds data to what the types cannot say.
 * @throws PodiumError `report-data`, naming the entry
 */
export function checkData(data: ReportData): void {
  if (typeof data.title !== 'string' || data.title.trim() === '') fail('title', 'a name', show(data.title));
  finite('score.value', data.score?.value);
  checkInterval('score.interval', data.score.interval);
  if (data.testScore !== undefined) finite('testScore.value', data.testScore.value);
  checkInterval('testScore.interval', data.testScore?.interval);
  for (const [i, fold] of (data.folds ?? []).entries()) finite(`folds[${i}].score`, fold.score);
  checkImages(data);
  checkSamples(data);
  const width = data.classes?.length ?? 0;
  if (data.confusion !== undefined) {
    if (data.confusion.length !== width * width)
      fail('confusion', `${width} x ${width} numbers, as there are ${width} classes`, data.confusion.length);
    for (let i = 0; i < data.confusion.length; i++) finite(`confusion[${i}]`, data.confusion[i]);
  }
  for (const [i, { image, heatmap }] of (data.explanations ?? []).entries()) {
    known(data, `explanations[${i}].image`, image);
    if (heatmap !== undefined && heatmap.values.length !== heatmap.width * heatmap.height) {
      fail(
        `explanations[${i}].heatmap.values`,
        `${heatmap.width} x ${heatmap.height} numbers`,
        heatmap.values.length,
      );
    }
  }
  for (const [i, { points }] of (data.calibration ?? []).entries()) {
    for (const [j, point] of points.entries()) {
      finite(`calibration[${i}].points[${j}].confidence`, point.confidence);
      finite(`calibration[${i}].points[${j}].accuracy`, point.accuracy);
      finite(`calibration[${i}].points[${j}].weight`, point.weight);
    }
  }
  for (const [i, { weight }] of (data.ensemble?.members ?? []).entries())
    finite(`ensemble.members[${i}].weight`, weight);
  for (const [i, { seconds }] of (data.stages ?? []).entries()) finite(`stages[${i}].seconds`, seconds);
  for (const [i, { image }] of (data.augmentation ?? []).entries())
    known(data, `augmentation[${i}].image`, image);
  for (const [i, { x, y }] of (data.map?.points ?? []).entries()) {
    finite(`map.points[${i}].x`, x);
    finite(`map.points[${i}].y`, y);
  }
}

function checkImages({ images = {} }: ReportData): void {
  for (const [key, uri] of Object.entries(images)) {
    if (!IMAGE_URI.test(uri))
      fail(`images[${show(key)}]`, 'a base64 data URI of a JPEG, PNG or WebP image', show(uri.slice(0, 40)));
  }
}

function checkSamples({ samples = [], classes = [] }: ReportData): void {
  for (const [i, sample] of samples.entries()) {
    for (const name of ['truth', 'predicted'] as const) {
      const value = sample[name];
      if (value === undefined || (Number.isInteger(value) && value >= 0 && value < classes.length)) continue;
      fail(`samples[${i}].${name}`, `the index of one of ${classes.length} classes`, show(value));
    }
    if (sample.confidence !== undefined) finite(`samples[${i}].confidence`, sample.confidence);
  }
}

function checkInterval(key: string, interval: Interval | undefined): void {
  if (interval === undefined) return;
  finite(`${key}.low`, interval.low);
  finite(`${key}.high`, interval.high);
  if (interval.low > interval.high) fail(key, 'low <= high', `${interval.low} > ${interval.high}`);
}

function known({ images = {} }: ReportData, key: string, image: string): void {
  if (!Object.hasOwn(images, image)) fail(key, 'a key of images', show(image));
}

function finite(key: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) fail(key, 'a finite number', show(value));
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

function fail(key: string, expected: string, got: string | number): never {
  throw new PodiumError({
    code: 'report-data',
    path: { key },
    expected,
    got: String(got),
    fix: 'correct it where the report is put together',
  });
}
