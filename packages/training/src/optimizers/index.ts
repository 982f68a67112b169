export type { OptimizerDefinition, ParameterNumbers } from './definition.ts';
export {
  type GroupOptions,
  type GroupOverride,
  type LayerDecay,
  type ParameterGroup,
  parameterGroups,
} from './groups.ts';
export { createOptimizer, type Optimizer, type StepOptions, type StepResult } from './optimizer.ts';
export { type OptimizerOptions, optimizers } from './registry.ts';
export type { OptimizerState } from './state.ts';
