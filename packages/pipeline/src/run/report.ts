import type { PodiumError } from '@podium/core';
import type { KeyParts } from '../graph/keys.ts';
import type { Plan } from '../plan/plan.ts';
import type { SourceIdentity } from '../sources/identity.ts';
import type { Progress } from '../stage/stage.ts';
import type { Manifest } from '../store/manifest.ts';

/** What became of one instance. */
export interface InstanceReport {
  readonly name: string;
  readonly key: string;
  readonly parts: KeyParts;
  /**
   * `cached`: it was in the store; `ran`; `failed`; `blocked`: an instance it reads from failed; `canceled`;
   * `unneeded`: all that reads it was in the store.
   */
  readonly status: 'cached' | 'ran' | 'failed' | 'blocked' | 'canceled' | 'unneeded';
  /** How often it was tried in this run. */
  readonly attempts: number;
  /** Absolute paths by output, where it is there: every byte was checked in this run. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly manifest?: Manifest;
  /** Where it failed. */
  readonly error?: PodiumError;
  /** Where it was blocked: the failed instances, in the graph's order. */
  readonly blockedBy?: readonly string[];
}

export interface RunReport {
  /** All targets are there. */
  readonly ok: boolean;
  readonly canceled: boolean;
  readonly engine: string;
  readonly targets: readonly string[];
  readonly sources: Readonly<Record<string, SourceIdentity>>;
  /** In the graph's order, whatever finished first. */
  readonly instances: readonly InstanceReport[];
}

/** What a run tells while it is under way; in the order things happen, which differs from run to run. */
export type RunEvent =
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'waiting'; readonly name: string; readonly key: string }
  | { readonly type: 'started'; readonly name: string; readonly attempt: number }
  | { readonly type: 'process'; readonly name: string; readonly pid: number }
  | { readonly type: 'progress'; readonly name: string; readonly progress: Progress }
  | {
      readonly type: 'output';
      readonly name: string;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    }
  /** An attempt failed by no fault of the stage's, and another one follows. */
  | { readonly type: 'retry'; readonly name: string; readonly attempt: number; readonly error: PodiumError }
  /** An entry of the store is not what was written; it is made again. */
  | {
      readonly type: 'damaged';
      readonly name: string;
      readonly key: string;
      readonly damage: readonly string[];
    }
  /** Two processes made different bytes for one key: the stage depends on more than it declares. */
  | { readonly type: 'different'; readonly name: string; readonly key: string }
  | { readonly type: 'finished'; readonly report: InstanceReport };
