export { balancedClassWeights, type ClassWeightOptions } from './class-weights.ts';
export type { Loss, LossCallOptions, LossDefinition, LossInputs, TargetKind } from './definition.ts';
export {
  createHeadsLoss,
  fitsTask,
  type Head,
  type HeadsLoss,
  type HeadsLossOptions,
  type TargetScale,
  taskOf,
} from './heads.ts';
export { createLoss, type LossOptions, losses } from './registry.ts';
