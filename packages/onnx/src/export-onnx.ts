import { writeFileAtomic } from '@podium/core';
import type { ImageModel } from '@podium/model-zoo';
import { type OnnxModel, type OnnxOptions, onnxModel } from './onnx-model.ts';

/** What {@link exportOnnx} wrote. */
export interface OnnxFile extends Omit<OnnxModel, 'bytes'> {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Writes a network of the zoo as an ONNX file, whole or not at all. See {@link onnxModel}.
 *
 * @throws PodiumError as {@link onnxModel} and `writeFileAtomic` do
 *
 * @example
 * await exportOnnx(model, 'model.onnx', { output: 'softmax', labels: ['cat', 'dog'] });
 */
export async function exportOnnx(
  model: ImageModel,
  path: string,
  options: OnnxOptions = {},
): Promise<OnnxFile> {
  const { bytes, ...rest } = onnxModel(model, options);
  await writeFileAtomic(path, bytes);
  return { ...rest, path, size: bytes.length };
}
