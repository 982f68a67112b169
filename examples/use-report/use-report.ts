import { readFile, writeFile } from 'node:fs/promises';
import { Predictions } from '@podium/core';
import { imageDataUri, type ReportData, renderReport, samplesOf } from '@podium/report';

/** A report as data: only title and score are required, and sections without data are omitted. */
export function reportOf(
  predictions: Predictions,
  truth: readonly number[],
  images: Readonly<Record<string, string>>,
): ReportData {
  const samples = samplesOf(predictions, { truth, image: (id) => (id in images ? id : undefined) });
  const correct = samples.filter((sample) => sample.truth === sample.predicted).length;
  return {
    title: 'cats and dogs',
    metric: { name: 'Accuracy', meaning: 'the share of images that are classified correctly.' },
    score: { value: correct / samples.length, note: `out-of-fold, ${samples.length} images` },
    warnings: ['With so few images the score is a rough estimate.'],
    classes: predictions.classes,
    samples,
    images,
    findings: [{ severity: 'info', message: 'two images have the same camera', count: 2 }],
    settings: { model: 'resnet18', epochs: 12, augment: ['horizontalFlip'] },
  };
}

/** Out-of-fold predictions of six images, as a model would make them. */
export const predictions: Predictions = new Predictions({
  ids: ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg', 'f.jpg'],
  classes: ['cat', 'dog'],
  values: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.1, 0.9, 0.4, 0.6, 0.6, 0.4),
  kind: 'probabilities',
  folds: Int32Array.of(0, 1, 0, 1, 0, 1),
});
export const truth: readonly number[] = [0, 0, 0, 1, 1, 1];

if (process.argv[1] === import.meta.filename) {
  // A file for the first image; the others are listed without one.
  const [file] = process.argv.slice(2);
  const images: Record<string, string> =
    file === undefined ? {} : { 'a.jpg': imageDataUri(await readFile(file)) };
  await writeFile('report.html', renderReport(reportOf(predictions, truth, images)));
  console.log('report.html');
}
