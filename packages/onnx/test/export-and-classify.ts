import type { ImageModel } from '@podium/model-zoo';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { exportOnnx } from '../src/index.ts';

/** The example of docs/export.md: exports a model of 224 pixels, and classifies one image `[224,224,3]` with the file. */
export async function exportAndClassify(
  model: ImageModel,
  path: string,
  labels: readonly string[],
  pixels: Uint8Array,
): Promise<Float32Array> {
  await exportOnnx(model, path, { input: 'pixels', output: 'softmax', labels });
  const session = await InferenceSession.create(path);
  const images = new Tensor('uint8', pixels, [1, 224, 224, 3]);
  const { probabilities } = await session.run({ images });
  await session.release();
  return probabilities!.data as Float32Array;
}
