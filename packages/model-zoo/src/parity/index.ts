export { type Comparison, compareModel, isModelReference, type ModelReference } from './compare-model.ts';
