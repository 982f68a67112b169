import { Rng } from '@podium/core';
import { imageDataUri, type ReportData } from '../src/index.ts';
import { plainPng } from './plain-png.ts';

/** Hostile names: markup, quotes, right-to-left text, an emoji. */
export const NASTY: readonly string[] = [
  '<script>alert(1)</script>',
  'quotes " \' ` & </td>',
  'قطة‎ \u202e gnp.tac',
  '🐱 cat',
  '</script><img src=x onerror=alert(1)>',
];

const CLASSES = ['cat', 'dog', ...NASTY];

/** A run of 60 generated images with data for every section. */
export function example(overrides: Partial<ReportData> = {}): ReportData {
  const rng = Rng.fromSeed('report example');
  const images: Record<string, string> = {};
  const samples = Array.from({ length: 60 }, (_, i) => {
    const random = rng.split(i);
    const truth = i % CLASSES.length;
    const id = `${i}-${CLASSES[truth]}.jpg`;
    images[id] = imageDataUri(plainPng(8, 8, [40 * (truth % 6), 200 - 20 * truth, (7 * i) % 256]));
    return {
      id,
      truth,
      predicted: i % 4 === 0 ? (truth + 1 + random.int(2)) % CLASSES.length : truth,
      confidence: Math.round(1000 * (0.4 + 0.59 * random.float())) / 1000,
      fold: i % 5,
      source: i % 9 === 0 ? 'phone' : 'studio',
      image: id,
    };
  });
  const wrong = samples.filter(({ truth, predicted }) => truth !== predicted);
  const nameOf = (index: number) => CLASSES[index]!;
  images['version 1'] = imageDataUri(plainPng(8, 8, [90, 140, 90]));
  images['version 2'] = imageDataUri(plainPng(8, 8, [140, 90, 90]));
  return {
    title: 'cats and dogs',
    competition: 'Made-up animals',
    metric: { name: 'Macro F1', meaning: 'the mean F1 of all classes, regardless of their size.' },
    score: { value: 0.7421, interval: { low: 0.7012, high: 0.7803 }, note: 'out-of-fold, 60 images' },
    testScore: { value: 0.731 },
    submission: 'The mean of five models.',
    verdict: ['It is right about three times out of four.'],
    warnings: ['There are few images: ignore differences below 0.05.'],
    facts: { images: '60', classes: String(CLASSES.length) },
    folds: [0.72, 0.75, 0.76, 0.71, 0.77].map((score, fold) => ({ fold, score, rows: 12 })),
    classes: CLASSES,
    samples,
    images,
    perClass: CLASSES.map((name, i) => ({
      name,
      support: 8 + (i % 2),
      precision: 0.6 + 0.05 * i,
      recall: 0.8 - 0.03 * i,
      f1: 0.7 + 0.01 * i,
      interval: { low: 0.6, high: 0.8 },
    })),
    curves: [0, 1].map((fold) => ({
      name: `fold ${fold}`,
      best: 3,
      points: [1, 2, 3, 4].map((epoch) => ({
        epoch,
        trainLoss: 2 / epoch,
        valLoss: 2.2 / epoch + 0.1 * fold,
        metric: 0.8 - 0.5 / epoch,
        learningRate: 0.001 / epoch,
      })),
    })),
    labelIssues: wrong.slice(0, 4).map(({ id, truth, predicted }, i) => ({
      id,
      head: 'label',
      given: nameOf(truth),
      suggested: nameOf(predicted),
      quality: 0.02 * (i + 1),
      confidence: 0.9,
      image: id,
      manifestRow: { path: `train/${id}`, labels: { label: nameOf(truth) } },
    })),
    labelNoise: 0.05,
    explanations: wrong.slice(0, 2).map(({ id, truth, predicted }) => ({
      id,
      image: id,
      method: 'Grad-CAM',
      heatmap: { width: 3, height: 3, values: [0, 0.1, 0, 0.2, 1, 0.4, 0, 0.1, 0] },
      truth: nameOf(truth),
      predicted: nameOf(predicted),
      confidence: 0.9,
    })),
    calibration: [
      {
        name: 'as trained',
        error: 0.08,
        points: [0.3, 0.5, 0.7, 0.9].map((confidence, i) => ({
          confidence,
          accuracy: confidence - 0.08,
          weight: 5 + 8 * i,
        })),
      },
    ],
    numbers: {
      columns: [
        {
          name: 'age <years>',
          images: 60,
          bias: -0.8123,
          mae: 3.1,
          rmse: 4.25,
          r2: 0.91,
          points: samples.map((_, i) => ({ truth: 20 + i, predicted: 22 + 0.9 * i + Math.sin(i) })),
        },
      ],
      groups: [{ group: '<b>person 7</b>', column: 'age <years>', images: 4, bias: -6.5, mae: 6.5 }],
      mistakes: samples.slice(0, 3).map(({ id, fold, image }, i) => ({
        id,
        fold,
        image,
        column: 'age <years>',
        truth: 30 + i,
        predicted: 41.5,
      })),
    },
    map: {
      method: 'UMAP',
      points: samples.map(({ id, truth, fold, source }, i) => ({
        x: Math.cos(i) * (1 + truth),
        y: Math.sin(i) * (1 + truth),
        id,
        class: nameOf(truth),
        fold,
        source,
        image: id,
      })),
    },
    findings: [
      { severity: 'info', message: 'two images are gray' },
      {
        severity: 'error',
        message: 'one person is in two folds',
        fix: 'group by person',
        count: 2,
        images: [samples[0]!.id],
      },
    ],
    augmentation: [
      {
        models: ['resnet18'],
        steps: [{ name: 'horizontalFlip' }, { name: 'randAugment', settings: 'n 2, m 6' }],
        batch: ['mixup'],
        images: samples
          .slice(0, 3)
          .map(({ id }) => ({ id, original: id, versions: ['version 1', 'version 2'] })),
      },
    ],
    race: {
      limitSeconds: 600,
      usedSeconds: 561,
      fold: 0,
      ended: 'the time is used',
      rows: [
        {
          round: 1,
          name: 'resnet18-probe',
          kept: true,
          reason: 'frozen features cost little',
          seconds: 9,
          score: { value: 0.62, interval: { low: 0.55, high: 0.69 } },
        },
        {
          round: 1,
          name: 'resnet18-fine-tune',
          kept: true,
          reason: 'the best',
          seconds: 44,
          epochs: 6,
          images: 48,
          score: { value: 0.7, interval: { low: 0.64, high: 0.76 } },
        },
        {
          round: 1,
          name: 'small-net',
          kept: false,
          reason: 'behind resnet18-fine-tune beyond noise',
          seconds: 31,
          epochs: 6,
          images: 48,
          score: { value: 0.41, interval: { low: 0.35, high: 0.47 } },
        },
        {
          round: 1,
          name: 'resnet18-fine-tune-gently',
          kept: false,
          reason: 'the time of the round is over',
        },
      ],
    },
    decisions: [{ key: 'data.options.label', value: 'breed', reason: 'the only column with repeated texts' }],
    omissions: [
      {
        what: 'training rows',
        count: 3,
        of: 63,
        reason: 'their label cell is empty',
        examples: ['train.csv:12 "cat-7"', 'train.csv:13 "cat-8"'],
      },
    ],
    submissionChecks: {
      rows: 40,
      form: 'label',
      findings: [
        {
          rule: 'class-mix',
          severity: 'warning',
          message: 'the class mix differs',
          fix: 'look at the images',
        },
      ],
    },
    models: [
      {
        name: 'resnet18',
        score: { value: 0.73, interval: { low: 0.69, high: 0.77 } },
        blendGain: { value: 0.012, interval: { low: -0.004, high: 0.03 }, withinNoise: true },
      },
      {
        name: 'vgg11',
        score: { value: 0.71, interval: { low: 0.67, high: 0.75 } },
        blendGain: { value: 0.032, interval: { low: 0.01, high: 0.05 }, withinNoise: false },
      },
    ],
    ranking: CLASSES.map((name, i) => ({
      name,
      positives: 8 + (i % 2),
      negatives: 52 - (i % 2),
      auc: 0.7 + 0.04 * i,
      averagePrecision: 0.5 + 0.05 * i,
      roc: [
        [0, 0],
        [0.1 + 0.02 * i, 0.6],
        [1, 1],
      ],
      precisionRecall: [
        [0, 1],
        [0.5, 0.8],
        [1, 0.2 + 0.02 * i],
      ],
    })),
    testPredictions: {
      images: 40,
      trainingImages: 60,
      classes: CLASSES.map((name, i) => ({
        name,
        training: i < 4 ? 9 : 8,
        outOfFold: 8,
        predicted: i === 0 ? 16 : 4,
      })),
      mostSure: [{ id: 't1.jpg', predicted: 'cat', confidence: 0.998, image: samples[7]!.id }],
      leastSure: [
        {
          id: 't2.jpg',
          predicted: 'dog',
          confidence: 0.31,
          next: { name: 'cat', probability: 0.3 },
          image: samples[8]!.id,
        },
      ],
    },
    pseudoLabels: {
      method: 'confidence over 0.9',
      rows: [{ name: 'round 1', kept: 30, offered: 60, precision: 0.9, interval: { low: 0.8, high: 0.95 } }],
    },
    ensemble: {
      method: 'greedy selection',
      fitted: 0.75,
      nested: 0.742,
      differenceInterval: { low: -0.004, high: 0.02 },
      members: [
        {
          name: 'resnet18',
          weight: 0.6,
          score: 0.73,
          gain: 0.01,
          gainInterval: { low: 0.002, high: 0.02 },
          errorCorrelation: [1, 0.4],
        },
        {
          name: 'vgg11',
          weight: 0.4,
          score: 0.71,
          gain: -0.002,
          gainInterval: { low: -0.01, high: 0.006 },
          errorCorrelation: [0.4, 1],
        },
      ],
    },
    stages: [
      { name: 'folds', seconds: 0.4 },
      { name: 'train/fold-0', seconds: 95 },
      { name: 'blend', seconds: 3 },
    ],
    settings: { model: 'resnet18', epochs: 4, augment: ['horizontalFlip'], optimizer: { name: 'adamw' } },
    stageKeys: [{ stage: 'folds', key: '3f9c0d' }],
    rebuild: { command: 'podium run animals --seed 1', note: 'Needs the same images.' },
    environment: { podium: '0.1.0' },
    ...overrides,
  };
}
