export { digits } from './digits.ts';
export { foodPseudo } from './food-pseudo.ts';
export { labelNoise } from './label-noise.ts';
export { mnistSemi } from './mnist-semi.ts';
export { optimizerShare } from './optimizer-share.ts';
export { recompute } from './recompute.ts';
