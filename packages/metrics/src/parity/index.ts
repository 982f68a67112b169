/** Compares Podium's metrics with values of scikit-learn in a file. */
export { checkSklearnFile, type ParityCheck } from './sklearn.ts';
