export { digits } from './digits.ts';
export { mnistSemi } from './mnist-semi.ts';
