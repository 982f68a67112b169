// Small competitions for tests.
export { LEAVES_YAML, noise, writeLeaves } from './leaves.ts';
export { writeSmallCompetition } from './small-competition.ts';
