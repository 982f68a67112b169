/**
 * Unlabelled and outside images as training rows, without a teacher that has seen what it is measured on; no TensorFlow.
 */
export {};
