/** Compares Podium's metrics with a file of scikit-learn's values. */
export { checkSklearnFile, type ParityCheck } from './sklearn.ts';
