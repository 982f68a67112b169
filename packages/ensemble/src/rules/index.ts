/** One line per rule, sorted. */
export * as geometricMean from './geometric-mean.ts';
export * as majorityVote from './majority-vote.ts';
export * as mean from './mean.ts';
export * as powerMean from './power-mean.ts';
export * as rankMean from './rank-mean.ts';
export * as weightedMean from './weighted-mean.ts';
