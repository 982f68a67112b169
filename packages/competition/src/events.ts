import type { Decision, Omission } from '@podium/core';
import type { InstallEvent } from '@podium/engine/install';
import type { HubEvent } from '@podium/model-zoo';
import type { RunEvent } from '@podium/pipeline';
import type { RaceRow } from './race/race-report.ts';
import type { AdmissionReport } from './stages/admit-external.ts';
import type { Recommendation } from './stages/recommend.ts';

/** What a run is doing, in the order in which it happens; a run may skip some. */
export type Phase =
  | 'reading-data'
  | 'admitting-external'
  | 'measuring-transfer'
  | 'measuring-changes'
  | 'racing'
  | 'training'
  | 'examining-model'
  | 'rebuilding'
  | 'reporting';

/**
 * Everything that a run tells while it works. A run prints nothing: pass `onEvent` and show what you like. Events are plain
 * data and come in order; the last ones of a run are always delivered before its promise settles.
 */
export type CompetitionEvent =
  /** A new phase begins. */
  | { readonly type: 'phase'; readonly phase: Phase }
  /** Something that the settings left open is decided, with the reason. */
  | { readonly type: 'decision'; readonly decision: Decision }
  /** Rows, images or files that are left out. */
  | { readonly type: 'omission'; readonly omission: Omission }
  /** Something to know about that does not stop the run. */
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  /** The doctor begins a check; `secondsLeft` is what this one, all others and the measurement take at most. */
  | {
      readonly type: 'examining';
      readonly title: string;
      /** Counted from 1. */
      readonly position: number;
      readonly count: number;
      readonly secondsLeft: number;
    }
  /** Which case of transfer learning was measured for a model; null where there was too little to measure on. */
  | { readonly type: 'recommendation'; readonly model: string; readonly recommendation: Recommendation }
  /** What a candidate reached in a round of the race, and whether it stays in the race. */
  | { readonly type: 'race'; readonly row: RaceRow }
  /** Which external images were admitted, and how far they are from the competition's. */
  | { readonly type: 'admission'; readonly report: AdmissionReport }
  /** Progress of a download of pretrained weights. */
  | { readonly type: 'weights'; readonly event: HubEvent }
  /** Progress of setting TensorFlow up. */
  | { readonly type: 'tensorflow'; readonly event: InstallEvent }
  /** What computes; `attempts` says why TensorFlow was not available where `backend` is `wasm`. */
  | {
      readonly type: 'backend';
      readonly backend: 'tensorflow' | 'wasm';
      readonly engine: string;
      readonly attempts: readonly string[];
    }
  /** An event of the graph's stages: planned, started, progress, finished... */
  | { readonly type: 'stage'; readonly event: RunEvent }
  /** All stages that were asked for are done. */
  | { readonly type: 'stages-done' };

export type OnCompetitionEvent = (event: CompetitionEvent) => void;
