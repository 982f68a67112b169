export { composeEntry } from './compose.ts';
export { oneOfEntry } from './one-of.ts';
export { shuffledEntry } from './shuffled.ts';
export { sometimesEntry } from './sometimes.ts';
