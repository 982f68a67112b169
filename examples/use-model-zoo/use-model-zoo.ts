import { Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import {
  applyTransfer,
  createModel,
  explainImages,
  extractFeatures,
  extractUntrainedFeatures,
  type FeatureMatrix,
  type ImageBatch,
  type ImageMaps,
  type ImageModel,
  models,
  planFor,
  toInput,
} from '@podium/model-zoo';
import { countParameters } from '@podium/nn';

/** What the zoo knows about a model, without building it. */
export function describeModel(name: string): string {
  const { imageSize, inputRule, weights, multiplyAdds } = models.get(name);
  const [published] = weights;
  return [
    name,
    `${imageSize} pixels${inputRule.fixed ? '' : ' or another size'}`,
    `${(multiplyAdds() / 1e9).toFixed(2)} billion multiply-adds`,
    published === undefined ? 'no weights' : `weights ${published.tag}, license ${published.license}`,
  ].join(', ');
}

/** Features `[N,F]` of a model before its classifier. */
export async function featuresOf(model: ImageModel, batch: ImageBatch): Promise<FeatureMatrix> {
  // With initial weights, batch norms need statistics first.
  return model.weights === undefined
    ? await extractUntrainedFeatures(model, () => [batch])
    : await extractFeatures(model, [batch]);
}

/**
 * Freezes a model for the first stage of fine-tuning on little data unlike that of pretraining: only the classifier is trained.
 * The result are factors for the learning rate by path of the parameter.
 */
export function freezeBackbone(model: ImageModel): ReadonlyMap<string, number> {
  return applyTransfer(model, planFor('little-dissimilar'));
}

/** Where the model looks in each image, by the method that suits its family. */
export function explain(name: string, model: ImageModel, batch: ImageBatch): ImageMaps {
  const x = toInput(batch, model.input!);
  const maps = explainImages(model, x, models.get(name).explanation);
  x.dispose();
  return maps;
}

/** Random images, so that the example needs no files. */
export function makeBatch(count: number, size: number): ImageBatch {
  const rng = Rng.fromSeed('images');
  return {
    ids: Array.from({ length: count }, (_, i) => String(i)),
    images: Uint8Array.from({ length: count * size * size * 3 }, () => rng.int(256)),
    shape: [count, size, size, 3],
  };
}

if (process.argv[1] === import.meta.filename) {
  await loadEngine();
  const [name = 'mobilenetv3_small_050', pretrained] = process.argv.slice(2);
  console.log(describeModel(name));
  // With `--pretrained` the default weights are downloaded, and cached.
  const { imageSize } = models.get(name);
  const model = await createModel(name, { numClasses: 5, pretrained: pretrained === '--pretrained' });
  const batch = makeBatch(4, imageSize);
  const { values, width } = await featuresOf(model, batch);
  console.log(`features: ${values.length / width} images x ${width}`);
  freezeBackbone(model);
  const { parameters, trainable } = countParameters(model);
  console.log(`${trainable} of ${parameters} parameters are trained`);
  console.log(`explanations: ${explain(name, model, batch).shape.join(' x ')}`);
}
