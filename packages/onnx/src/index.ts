/**
 * Networks of the model zoo as ONNX files.
 *
 * @example
 * const model = await createModel('resnet18', { pretrained: true });
 * await exportOnnx(model, 'resnet18.onnx', { output: 'softmax' });
 */

export { exportOnnx, type OnnxFile } from './export-onnx.ts';
export type { WeightFormat } from './graph/graph-builder.ts';
export { type OnnxModel, type OnnxOptions, onnxModel } from './onnx-model.ts';
export type { Port } from './write-model.ts';
