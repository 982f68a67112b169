/** Data sets that tests and demonstrations draw themselves; nobody's photographs, the same pictures for the same seed. */
export { type MaskCompetitionOptions, writeMaskCompetition } from './mask-competition.ts';
