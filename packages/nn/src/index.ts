export type { StateArrays, StateDict, StateDtype, StateTensor } from './state-dict.ts';
