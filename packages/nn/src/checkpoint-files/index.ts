// What readers of checkpoint files are made of, whatever their format: `@podium/nn/checkpoint-files`.
export { CheckpointFile, withFile } from './file.ts';
export { damaged, inFile, quote, refusal, unsafe, unsupported } from './problem.ts';
export { MOST_HEADER_BYTES } from './safetensors/header.ts';
export {
  openSafetensors,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsFile,
  safetensorsContent,
} from './safetensors/read.ts';
export { writeSafetensors } from './safetensors/write.ts';
export { asValues, countValues, isStateDtype, itemSize, renderShape, zeros } from './tensors.ts';
