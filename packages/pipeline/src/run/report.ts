import type { PodiumError } from '@podium/core';
import type { KeyParts } from '../graph/keys.ts';
import type { Plan } from '../plan/plan.ts';
import type { SourceIdentity } from '../sources/identity.ts';
import type { Progress } from '../stage/stage.ts';
import type { Manifest } from '../store/manifest.ts';

/** The result of one instance. */
export interface InstanceReport {
  readonly name: string;
  readonly key: string;
  readonly parts: KeyParts;
  /**
   * `cached`: it was in the store; `blocked`: an instance it depends on failed; `unneeded`: not in the store, but
   * everything that reads it was.
   */
  readonly status: 'cached' | 'ran' | 'failed' | 'blocked' | 'canceled' | 'unneeded';
  /** Number of attempts in this run. */
  readonly attempts: number;
  /** Absolute paths by output, if `cached` or `ran`: every byte was checked in this run. See {@link outputsOf}. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly manifest?: Manifest;
  /** If `failed`. */
  readonly error?: PodiumError;
  /** If `blocked`: the failed instances, in the graph's order. */
  readonly blockedBy?: readonly string[];
}

/** The result of a run. */
export interface RunReport {
  /** All targets were made. */
  readonly ok: boolean;
  readonly canceled: boolean;
  readonly engine: string;
  readonly targets: readonly string[];
  readonly sources: Readonly<Record<string, SourceIdentity>>;
  /** In the graph's order, whatever finished first. */
  readonly instances: readonly InstanceReport[];
}

/** Progress of a run. The order of events is the order of time, so it differs from run to run. */
export type RunEvent =
  | { readonly type: 'planned'; readonly plan: Plan }
  /** Another process is making this key. */
  | { readonly type: 'waiting'; readonly name: string; readonly key: string }
  | {
      readonly type: 'started';
      readonly name: string;
      readonly key: string;
      readonly settings: unknown;
      readonly attempt: number;
    }
  /** A worker on another machine, or in another process, computes it. */
  | { readonly type: 'worker'; readonly name: string; readonly worker: string }
  /** No worker can compute it now; the reason of each. The run waits. */
  | { readonly type: 'no-worker'; readonly name: string; readonly reasons: readonly string[] }
  | { readonly type: 'process'; readonly name: string; readonly pid: number }
  | { readonly type: 'progress'; readonly name: string; readonly progress: Progress }
  | {
      readonly type: 'output';
      readonly name: string;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    }
  /** An attempt failed through no fault of the stage; another one follows. */
  | { readonly type: 'retry'; readonly name: string; readonly attempt: number; readonly error: PodiumError }
  /** This process was stopped or cut off for so long that another one took the key over; its own result is dropped. */
  | { readonly type: 'claim-lost'; readonly name: string; readonly key: string; readonly error: PodiumError }
  /** A stored result was changed or damaged; it is recomputed. */
  | {
      readonly type: 'damaged';
      readonly name: string;
      readonly key: string;
      readonly damage: readonly string[];
    }
  /** Two runs made different bytes under one key: the stage depends on more than it declares. */
  | { readonly type: 'different'; readonly name: string; readonly key: string }
  | { readonly type: 'finished'; readonly report: InstanceReport };
