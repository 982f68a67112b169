// Building blocks for readers and writers of checkpoint files: `@podium/nn/checkpoint-files`.

export { checkpointError, damaged, inFile, quote, unsafe, unsupported } from './checkpoint-errors.ts';
export { CheckpointFile, withFile } from './checkpoint-file.ts';
export { MAX_HEADER_BYTES } from './safetensors/read-header.ts';
export {
  openSafetensors,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsFile,
  safetensorsContent,
} from './safetensors/read-safetensors.ts';
export { writeSafetensors } from './safetensors/write-safetensors.ts';
export { asValues, countValues, isStateDtype, itemSize, renderShape, zeros } from './tensor-bytes.ts';
