import type { DepthGroups } from '../../image-model.ts';

/** Groups of networks with a `stem` and `stages` of `blocks`, each with an optional `downsample` before them. */
export const stageGroups: DepthGroups = {
  stem: /^stem\./,
  blocks: /^stages\.(\d+)\.(?:downsample|blocks\.(\d+))\./,
};
