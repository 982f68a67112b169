export { digits } from './digits.ts';
