import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng, removeTree } from '@podium/core';
import type { AnyStage } from '@podium/pipeline';
import { type HeadPredictions, readHeads, writeHeads } from '../artifacts/head-predictions.ts';
import type { ApplyContext } from '../predict/apply-stage.ts';

/** Runs a stage of your own on the predictions of other images: it turns predictions into predictions. */
export async function applyUserStage(stage: AnyStage, context: ApplyContext): Promise<HeadPredictions> {
  const { instance, signal } = context;
  const [before] = await context.predictions('predictions');
  const folder = await mkdtemp(join(tmpdir(), 'podium-predict-'));
  const inside = async (name: string): Promise<string> => {
    await mkdir(join(folder, name));
    return join(folder, name);
  };
  try {
    const predictions = await inside('before');
    await writeHeads(predictions, before!);
    const outputFolder = await inside('after');
    const after = join(outputFolder, stage.outputs.predictions?.path ?? 'predictions');
    await stage.run({
      settings: instance.settings,
      inputs: {
        predictions,
        code: await context.file('code'),
        train: 'train' in stage.inputs ? await context.file('train') : undefined,
      },
      outputs: { predictions: after },
      outputFolder,
      scratchFolder: await inside('scratch'),
      workFolder: await inside('work'),
      signal,
      report: () => {},
      rng: Rng.fromSeed(instance.seed ?? 0).split(stage.name),
    });
    return await readHeads(after);
  } finally {
    await removeTree(folder);
  }
}
