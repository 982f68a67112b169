import { loadStateDict } from '@podium/nn';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import { pickHeads } from '../heads/fold-rows.ts';
import type { ApplyContext } from '../predict/apply-stage.ts';
import { evaluationLoss } from './head-loss.ts';
import { openEngine } from './open-engine.ts';
import { type ModelSettings, openModel } from './open-model.ts';
import { type PredictSettings, predictRows } from './predict-rows.ts';
import { scalesOf } from './target-scales.ts';

interface NetworkSettings extends ModelSettings, Omit<PredictSettings, keyof ModelSettings> {
  readonly backend: 'tensorflow' | 'wasm';
  readonly threads: number;
  readonly precision: 'float32' | 'bfloat16';
}

/** Predicts images with the network that a training stage wrote to `weights`. */
export async function predictWithNetwork(
  settings: NetworkSettings & { readonly heads: readonly string[] },
  context: ApplyContext,
): Promise<HeadPredictions> {
  const { heads: all, images, signal, onProgress } = context;
  const { weights } = await context.outputs();
  const heads = pickHeads(all, settings.heads);
  await openEngine(settings, signal);
  const model = await openModel({ settings, heads, seed: 0, code: await context.file('modelCode') });
  try {
    const { tensors, metadata } = await readSafetensors(weights!);
    loadStateDict(model, tensors);
    const loss = evaluationLoss(heads, scalesOf(metadata, weights!));
    return await predictRows(model, loss, { ...images, heads }, settings, onProgress);
  } finally {
    model.dispose();
  }
}
