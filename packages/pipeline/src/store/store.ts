import type { KeyParts } from '../graph/keys.ts';
import type { FileHashes } from '../sources/file-hashes.ts';
import type { SourceFile, SourceIdentity } from '../sources/identity.ts';
import type { AnyStage } from '../stage/stage.ts';
import type { Attempt } from './attempts.ts';
import type { Check, Entry, Lookup } from './check-entry.ts';
import type { Pin } from './claims.ts';
import type { Collected, CollectOptions, EntrySummary } from './collect.ts';
import type { LockOptions } from './lock.ts';

/** What an attempt made, for its entry. */
export interface Commitment {
  readonly key: string;
  readonly parts: KeyParts;
  /** Name of the instance, for people. */
  readonly instance: string;
  readonly stage: AnyStage;
  readonly durationMs: number;
}

/**
 * `new`; `same`: another process committed the same bytes first; `different`: it committed other bytes, so the stage
 * depends on more than its key. What was first stays.
 */
export type CommitOutcome = 'new' | 'same' | 'different';

/** A folder that keeps results by their keys. Every method may be called by many processes at once. */
export interface Store {
  readonly folder: string;
  /** Hashes of files outside the store that were hashed before. */
  readonly fileHashes: FileHashes;
  /** Looks at an entry; `full` reads every byte of it. Counts as a use where it is found. */
  find(key: string, check: Check): Promise<Lookup>;
  /** @throws PodiumError `store-not-writable`, `disk-full`. */
  startAttempt(): Promise<Attempt>;
  /**
   * Makes an entry of what an attempt wrote: checked against the stage's outputs, on the disk, and there in one step.
   * @throws PodiumError `stage-output-missing`, `stage-output-undeclared`, `stage-output-kind`, `store-not-writable`,
   * `disk-full`; the store is then as it was.
   */
  commit(
    attempt: Attempt,
    commitment: Commitment,
  ): Promise<{ readonly outcome: CommitOutcome; readonly entry: Entry }>;
  /**
   * A folder that outlives failed attempts at an entry and is removed when one is committed: for checkpoints. It belongs to
   * who holds the key's lock.
   * @throws PodiumError `store-not-writable`, `disk-full`.
   */
  workFolder(key: string): Promise<string>;
  /** Runs `work` while no other process does for that key. */
  withLock<T>(key: string, options: LockOptions, work: () => Promise<T>): Promise<T>;
  /** All entries, in the order of their keys. */
  list(): Promise<EntrySummary[]>;
  /** Reads every byte of every entry; gives those that are damaged, with what is wrong. Removes nothing. */
  verify(): Promise<{ readonly key: string; readonly damage: readonly string[] }[]>;
  /** Removes an entry whole; false where there was none. */
  remove(key: string): Promise<boolean>;
  collect(options: CollectOptions): Promise<Collected>;
  /** Keeps entries until `unpin`: those of a run record, under its name. */
  pin(name: string, keys: readonly string[]): Promise<void>;
  unpin(name: string): Promise<boolean>;
  pins(): Promise<Pin[]>;
  /** Keeps entries while this process works with them; returns how to end that. */
  lease(keys: readonly string[]): Promise<() => Promise<void>>;
  noteSource(identity: SourceIdentity): Promise<void>;
  notedSource(sha256: string): Promise<SourceFile[] | undefined>;
}
