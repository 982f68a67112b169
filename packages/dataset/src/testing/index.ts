/** Data sets that tests and demonstrations draw themselves; nobody's photographs, the same images for the same seed. */
export { type MaskCompetitionOptions, writeMaskCompetition } from './mask-competition.ts';
