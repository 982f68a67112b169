// Small competitions for tests.
export { type DiscOptions, writeDiscs } from './discs.ts';
export { LEAVES_YAML, noise, writeLeaves } from './leaves.ts';
export { writeSmallCompetition } from './small-competition.ts';
