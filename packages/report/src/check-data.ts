import { PodiumError } from '@podium/core';
import { IMAGE_URI } from './page/image-data-uri.ts';
import type { Interval, ReportData } from './report-data.ts';

/**
 * Checks what types cannot express.
 * @throws PodiumError `report-data` with the key of the invalid entry
 */
export function checkData(data: ReportData): void {
  if (typeof data.title !== 'string' || data.title.trim() === '') fail('title', 'a name', show(data.title));
  assertFinite('score.value', data.score?.value);
  checkInterval('score.interval', data.score.interval);
  if (data.testScore !== undefined) assertFinite('testScore.value', data.testScore.value);
  checkInterval('testScore.interval', data.testScore?.interval);
  for (const [i, fold] of (data.folds ?? []).entries()) assertFinite(`folds[${i}].score`, fold.score);
  checkImages(data);
  checkSamples(data);
  const width = data.classes?.length ?? 0;
  if (data.confusion !== undefined) {
    if (data.confusion.length !== width * width)
      fail('confusion', `${width} x ${width} numbers for ${width} classes`, data.confusion.length);
    for (let i = 0; i < data.confusion.length; i++) assertFinite(`confusion[${i}]`, data.confusion[i]);
  }
  for (const [i, { image, heatmap }] of (data.explanations ?? []).entries()) {
    assertImage(data, `explanations[${i}].image`, image);
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
      assertFinite(`calibration[${i}].points[${j}].confidence`, point.confidence);
      assertFinite(`calibration[${i}].points[${j}].accuracy`, point.accuracy);
      assertFinite(`calibration[${i}].points[${j}].weight`, point.weight);
    }
  }
  for (const [i, { weight }] of (data.ensemble?.members ?? []).entries())
    assertFinite(`ensemble.members[${i}].weight`, weight);
  for (const [i, { seconds }] of (data.stages ?? []).entries()) assertFinite(`stages[${i}].seconds`, seconds);
  for (const [i, { image }] of (data.augmentation ?? []).entries())
    assertImage(data, `augmentation[${i}].image`, image);
  for (const [i, { x, y }] of (data.map?.points ?? []).entries()) {
    assertFinite(`map.points[${i}].x`, x);
    assertFinite(`map.points[${i}].y`, y);
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
    if (sample.confidence !== undefined) assertFinite(`samples[${i}].confidence`, sample.confidence);
  }
}

function checkInterval(key: string, interval: Interval | undefined): void {
  if (interval === undefined) return;
  assertFinite(`${key}.low`, interval.low);
  assertFinite(`${key}.high`, interval.high);
  if (interval.low > interval.high) fail(key, 'low <= high', `${interval.low} > ${interval.high}`);
}

function assertImage({ images = {} }: ReportData, key: string, image: string): void {
  if (!Object.hasOwn(images, image)) fail(key, 'a key of images', show(image));
}

function assertFinite(key: string, value: unknown): void {
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
    fix: 'correct the data that the report is made from',
  });
}
