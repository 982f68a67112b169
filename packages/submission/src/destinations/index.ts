// Every destination of submissions, one line each.
export { kaggle } from './kaggle.ts';
