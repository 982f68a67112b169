export { augMix } from './aug-mix.ts';
export { autoAugment } from './auto-augment.ts';
export { randAugment } from './rand-augment.ts';
export { trivialAugmentWide } from './trivial-augment-wide.ts';
