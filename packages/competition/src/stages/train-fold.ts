import { writeFileAtomic } from '@podium/core';
import { stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { historyCsv } from '@podium/training';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';
import { readFoldData, teacherRecord } from '../external/fold-data.ts';
import { readRows } from '../heads/fold-rows.ts';
import { trainingLoss } from '../models/head-loss.ts';
import { openEngine } from '../models/open-engine.ts';
import { openModel } from '../models/open-model.ts';
import { predictWithNetwork } from '../models/predict-with-network.ts';
import { scalesText } from '../models/target-scales.ts';
import {
  rowsBelowRoot,
  trainingInputs,
  trainingSettings,
  trainingTransform,
  trainNetwork,
} from '../models/train-network.ts';
import { writeFoldPredictions } from '../models/write-fold-predictions.ts';
import type { ApplyStage } from '../predict/apply-stage.ts';

const schema = z.strictObject(trainingSettings);

const apply: ApplyStage = (context) => predictWithNetwork(schema.parse(context.instance.settings), context);

/** Trains one model on all folds but one, and predicts that fold and the test images. */
export const trainFold = defineStage({
  name: 'train-fold',
  version: '6',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: schema,
  inputs: {
    ...trainingInputs,
    /** The record of the teacher whose labels are among them. */
    teacher: { kind: 'file', type: 'teacher', optional: true },
  },
  outputs: {
    weights: { kind: 'file', type: 'weights', path: 'weights.safetensors' },
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
    history: { kind: 'file', type: 'history', path: 'history.csv' },
    teacher: { kind: 'file', type: 'teacher', path: 'teacher.json' },
  },
  needs: () => ({ cores: 'all', memoryBytes: 3 << 30 }),
  run: async ({ settings, inputs, outputs, workFolder, signal, report, rng }) => {
    const { fold } = settings;
    const { rows, heads } = await readRows(inputs.train, inputs.folds, settings.heads);
    const foldData = await readFoldData({ rows, fold, extra: inputs.extra, teacher: inputs.teacher });
    const data = await rowsBelowRoot(foldData, settings, inputs);
    await openEngine(settings, signal);
    const seed = rng.int(2 ** 31);
    const model = await openModel({ settings, heads, seed, weights: inputs.weights, code: inputs.modelCode });
    const loss = trainingLoss(heads, data.train, settings);
    const transform = trainingTransform(settings, inputs.transformCode);
    const training = { model, loss, heads, data, transform, seed, signal };
    const { history } = await trainNetwork(training, settings, { workFolder, report });
    await writeSafetensors(outputs.weights, stateDict(model), { podium: 'trained', ...scalesText(loss) });
    await writeFileAtomic(outputs.history, historyCsv(history));
    await writeFoldPredictions(model, loss, heads, data, settings, outputs, report);
    await writeJson(outputs.teacher, await teacherRecord(foldData, outputs.weights));
    model.dispose();
  },
  apply,
});
