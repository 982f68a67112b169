export { digits } from './digits.ts';
export { foodPseudo } from './food-pseudo.ts';
export { foodRecipes } from './food-recipes.ts';
export { labelNoise } from './label-noise.ts';
export { ladder } from './ladder.ts';
export { mnistSemi } from './mnist-semi.ts';
export { optimizerShare } from './optimizer-share.ts';
export { recompute } from './recompute.ts';
