import { writeFileAtomic } from '@podium/core';
import { defineStage } from '@podium/pipeline';
import { historyCsv } from '@podium/training';
import { z } from 'zod';
import { writeHeads } from '../artifacts/head-predictions.ts';
import { writeJson } from '../artifacts/json.ts';
import { readFoldData } from '../external/fold-data.ts';
import { readRows } from '../heads/fold-rows.ts';
import { trainingLoss } from '../models/head-loss.ts';
import { openEngine } from '../models/open-engine.ts';
import { openModel } from '../models/open-model.ts';
import { predictRows } from '../models/predict-rows.ts';
import { sampleRows } from '../models/sample-rows.ts';
import {
  type RootedFold,
  rowsBelowRoot,
  timeTraining,
  trainingInputs,
  trainingSettings,
  trainingTransform,
  trainNetwork,
} from '../models/train-network.ts';
import { ofFold } from '../models/write-fold-predictions.ts';

/** What a trial measured, on this machine at that time. */
export interface Trial {
  readonly epochs: number;
  /** Training images per epoch. */
  readonly images: number;
  /** Passes over all images of the fold: fewer than epochs where only some were taken. */
  readonly passes: number;
  /** Of training steps. */
  readonly secondsPerImage: number;
  /** Of validation and whatever else an epoch ends with, for all images of the fold. */
  readonly secondsPerEpochEnd: number;
  /** Of a held-out image in all views. */
  readonly predictSecondsPerImage: number;
}

/** Fewer passes than this say little; with less time, a trial takes fewer images. */
const LEAST_EPOCHS = 3;
/** Of the time, for predicting held-out images after each epoch and at the end. */
const HELD_OUT_SHARE = 0.25;
/** Of a training step's time per image, about what a prediction takes. */
const PREDICTING = 0.35;
/** Held-out images, whatever they take. */
const LEAST_HELD_OUT = 100;

/**
 * Trains a network on one fold for about as long as it is given, to compare it with others: measures its speed, and takes as
 * many epochs, or else as many of the images, as fit.
 */
export const tryFold = defineStage({
  name: 'try-fold',
  version: '1',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: z.strictObject({
    ...trainingSettings,
    /** How long training and predicting may take, the start of the process aside. */
    seconds: z.number().positive(),
  }),
  inputs: trainingInputs,
  outputs: {
    oof: { kind: 'folder', type: 'predictions' },
    history: { kind: 'file', type: 'history', path: 'history.csv' },
    trial: { kind: 'file', type: 'trial', path: 'trial.json' },
  },
  needs: () => ({ cores: 'all', memoryBytes: 3 << 30 }),
  run: async ({ settings, inputs, outputs, workFolder, signal, report, rng }) => {
    const { fold, seconds } = settings;
    const { rows, heads } = await readRows(inputs.train, inputs.folds, settings.heads);
    const foldData = await readFoldData({ rows, fold, extra: inputs.extra, teacher: undefined });
    const all = await rowsBelowRoot(foldData, settings, inputs);
    await openEngine(settings, signal);
    const seed = rng.int(2 ** 31);
    const open = () => openModel({ settings, heads, seed, weights: inputs.weights, code: inputs.modelCode });
    const loss = trainingLoss(heads, all.train, settings);
    const transform = trainingTransform(settings, inputs.transformCode);
    const common = { loss, heads, transform, seed, signal };
    const timed = await open();
    const began = performance.now();
    const stepSeconds = await timeTraining({ ...common, model: timed, data: all }, settings);
    timed.dispose();
    const left = Math.max(seconds - (performance.now() - began) / 1000, seconds / 4);
    const { epochs, data } = sizeTrial(all, left, stepSeconds, settings.epochs);
    const model = await open();
    const training = { ...common, model, data };
    const { history, pace } = await trainNetwork(training, { ...settings, epochs }, { workFolder, report });
    const predicting = performance.now();
    const { root, validation } = data;
    const predicted = await predictRows(model, loss, { root, rows: validation, heads }, settings);
    const predictSeconds = (performance.now() - predicting) / 1000;
    await writeHeads(outputs.oof, ofFold(predicted, fold));
    await writeFileAtomic(outputs.history, historyCsv(history));
    const trial: Trial = {
      epochs,
      images: data.imagesPerEpoch,
      passes: (epochs * data.imagesPerEpoch) / all.imagesPerEpoch,
      secondsPerImage: pace.secondsPerImage,
      secondsPerEpochEnd: (pace.secondsPerEpochEnd * all.validation.length) / data.validation.length,
      predictSecondsPerImage: predictSeconds / validation.length,
    };
    await writeJson(outputs.trial, trial);
    model.dispose();
  },
});

/** As many epochs, and as many of the images where few epochs fit, as the time allows. */
function sizeTrial(
  all: RootedFold,
  seconds: number,
  secondsPerImage: number,
  most: number,
): { readonly epochs: number; readonly data: RootedFold } {
  const trainable = Math.floor((seconds * (1 - HELD_OUT_SHARE)) / secondsPerImage);
  const epochs = Math.min(Math.max(Math.floor(trainable / all.imagesPerEpoch), LEAST_EPOCHS), most);
  const predictable = Math.floor((seconds * HELD_OUT_SHARE) / (secondsPerImage * PREDICTING));
  const heldOut = Math.max(Math.floor(predictable / (epochs + 1)), LEAST_HELD_OUT);
  const train = sampleRows(all.train, Math.max(Math.floor(trainable / epochs), 2));
  return {
    epochs,
    data: {
      ...all,
      train,
      validation: sampleRows(all.validation, heldOut),
      imagesPerEpoch: Math.min(all.imagesPerEpoch, train.length),
    },
  };
}
