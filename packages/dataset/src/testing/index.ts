export { deepPng } from './deep-png.ts';
/** Datasets of drawn images, for tests and demos; the same images for the same seed. */
export { type MaskCompetitionOptions, writeMaskCompetition } from './mask-competition.ts';
export { type SampleType, tiff } from './tiff.ts';
