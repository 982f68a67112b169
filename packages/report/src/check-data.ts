import { PodiumError } from '@podium/core';
import { IMAGE_URI } from './page/image-data-uri.ts';
import type { HeadResults, Interval, ReportData, Score } from './report-data.ts';

/**
 * Checks what types cannot express.
 * @throws PodiumError `report-data` with the key of the invalid entry
 */
export function checkData(data: ReportData): void {
  if (typeof data.title !== 'string' || data.title.trim() === '') fail('title', 'a name', show(data.title));
  assertFinite('score.value', data.score?.value);
  checkScore('score', data.score);
  if (data.testScore !== undefined) checkScore('testScore', data.testScore);
  checkImages(data);
  for (const [i, head] of [data, ...(data.otherHeads ?? [])].entries())
    checkHead(head, i === 0 ? '' : `otherHeads[${i - 1}].`);
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
  for (const [i, { seconds }] of (data.stages ?? []).entries()) assertFinite(`stages[${i}].seconds`, seconds);
  for (const [i, { images }] of (data.augmentation ?? []).entries()) {
    for (const [j, { original, versions }] of images.entries()) {
      assertImage(data, `augmentation[${i}].images[${j}].original`, original);
      for (const [v, key] of versions.entries())
        assertImage(data, `augmentation[${i}].images[${j}].versions[${v}]`, key);
    }
  }
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

/** @param at what its keys begin with */
function checkHead(head: HeadResults, at: string): void {
  const {
    headScore,
    folds = [],
    classes = [],
    confusion,
    calibration = [],
    models = [],
    ranking = [],
  } = head;
  if (headScore !== undefined) checkScore(`${at}headScore`, headScore);
  for (const [k, { points }] of (head.numbers?.columns ?? []).entries()) {
    for (const [i, { truth, predicted }] of points.entries()) {
      assertFinite(`${at}numbers.columns[${k}].points[${i}].truth`, truth);
      assertFinite(`${at}numbers.columns[${k}].points[${i}].predicted`, predicted);
    }
  }
  for (const [i, fold] of folds.entries()) assertFinite(`${at}folds[${i}].score`, fold.score);
  checkSamples(head, at);
  const width = classes.length;
  if (confusion !== undefined) {
    if (confusion.length !== width * width)
      fail(`${at}confusion`, `${width} x ${width} numbers for ${width} classes`, confusion.length);
    for (let i = 0; i < confusion.length; i++) assertFinite(`${at}confusion[${i}]`, confusion[i]);
  }
  for (const [i, { points }] of calibration.entries()) {
    for (const [j, point] of points.entries()) {
      assertFinite(`${at}calibration[${i}].points[${j}].confidence`, point.confidence);
      assertFinite(`${at}calibration[${i}].points[${j}].accuracy`, point.accuracy);
      checkInterval(`${at}calibration[${i}].points[${j}].interval`, point.interval);
    }
  }
  for (const [i, { weight }] of (head.ensemble?.members ?? []).entries())
    assertFinite(`${at}ensemble.members[${i}].weight`, weight);
  for (const [i, { score }] of models.entries()) checkScore(`${at}models[${i}].score`, score);
  for (const [i, { roc, precisionRecall }] of ranking.entries()) {
    for (const [x, y] of [...roc, ...precisionRecall]) {
      assertFinite(`${at}ranking[${i}]`, x);
      assertFinite(`${at}ranking[${i}]`, y);
    }
  }
  checkTest(head, at);
}

function checkTest({ testPredictions }: HeadResults, at: string): void {
  if (testPredictions === undefined) return;
  const { images, trainingImages, classes } = testPredictions;
  for (const [key, value] of Object.entries({ images, trainingImages }))
    if (!Number.isInteger(value) || value < 0)
      fail(`${at}testPredictions.${key}`, 'a number of images', show(value));
  for (const [i, { training, predicted }] of classes.entries()) {
    const key = `${at}testPredictions.classes[${i}]`;
    if (!(training >= 0 && training <= trainingImages))
      fail(`${key}.training`, `0 to ${trainingImages}`, show(training));
    if (!(predicted >= 0 && predicted <= images)) fail(`${key}.predicted`, `0 to ${images}`, show(predicted));
  }
}

function checkScore(key: string, { value, interval }: Score): void {
  assertFinite(`${key}.value`, value);
  checkInterval(`${key}.interval`, interval);
}

function checkSamples({ samples = [], classes = [] }: HeadResults, at: string): void {
  for (const [i, sample] of samples.entries()) {
    for (const name of ['truth', 'predicted'] as const) {
      const value = sample[name];
      if (value === undefined || (Number.isInteger(value) && value >= 0 && value < classes.length)) continue;
      fail(`${at}samples[${i}].${name}`, `the index of one of ${classes.length} classes`, show(value));
    }
    if (sample.confidence !== undefined) assertFinite(`${at}samples[${i}].confidence`, sample.confidence);
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
