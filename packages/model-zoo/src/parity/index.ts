export { type Comparison, compareModel, isModelReference, type ModelReference } from './model-parity.ts';
