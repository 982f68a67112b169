export { fiveCrops } from './five-crops.ts';
export { horizontalFlip } from './horizontal-flip.ts';
export { identity } from './identity.ts';
export { rot90 } from './rot90.ts';
export { scales } from './scales.ts';
export { tenCrops } from './ten-crops.ts';
export { transformList } from './transform-list.ts';
export { verticalFlip } from './vertical-flip.ts';
