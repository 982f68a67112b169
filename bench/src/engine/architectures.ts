/** MobileNetV2's stages: expansion, filters, blocks, stride of the first block. */
export const mobileNetV2Stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Blocks per stage. */
export const resNetStages = { resnet18: [2, 2, 2, 2], resnet50: [3, 4, 6, 3] } as const;
