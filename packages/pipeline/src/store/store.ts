import type { KeyParts } from '../graph/keys.ts';
import type { FileHashes } from '../sources/file-hashes.ts';
import type { SourceFile, SourceIdentity } from '../sources/identity.ts';
import type { AnyStage } from '../stage/stage.ts';
import type { Attempt } from './attempts.ts';
import type { Check, Entry, Lookup } from './check-entry.ts';
import type { Claim } from './claim.ts';
import type { CollectOptions, CollectResult, EntrySummary } from './collect.ts';
import type { Manifest } from './manifest.ts';
import type { Pin } from './pins.ts';

/** Describes an attempt's results, for its entry. */
export interface CommitOptions {
  readonly key: string;
  readonly parts: KeyParts;
  /** Name of the instance. */
  readonly instance: string;
  readonly stage: AnyStage;
  readonly durationMs: number;
  /** The right to compute the key: without it, or if another process has taken it over, nothing is stored. */
  readonly claim?: Claim;
}

/**
 * `same`: the entry already existed, with the same bytes; `different`: with other bytes, so the stage depends on more
 * than its key. The first entry stays.
 */
export type CommitOutcome = 'new' | 'same' | 'different';

/** A folder of results, by key. Many processes may use it at the same time. */
export interface Store {
  readonly folder: string;
  /** Cached hashes of source files. */
  readonly fileHashes: FileHashes;
  /** Looks up and checks an entry. If it is found, this counts as a use. */
  find(key: string, check: Check): Promise<Lookup>;
  /**
   * Makes folders for an attempt at an entry.
   * @throws PodiumError `store-not-writable`, `disk-full`
   */
  startAttempt(): Promise<Attempt>;
  /**
   * Makes an attempt's outputs an entry: checks them against the stage's declared outputs, flushes them to disk, and
   * adds them in one atomic step.
   * @throws PodiumError `claim-lost`, `stage-output-missing`, `stage-output-undeclared`, `stage-output-kind`, `store-not-writable`,
   * `disk-full`; the store is then unchanged
   */
  commit(
    attempt: Attempt,
    options: CommitOptions,
  ): Promise<{ readonly outcome: CommitOutcome; readonly entry: Entry }>;
  /**
   * Makes files that another machine computed an entry, after checking each by its hash.
   * @throws PodiumError `artifact-damaged`, `store-not-writable`, `disk-full`
   */
  adopt(attempt: Attempt, manifest: Manifest): Promise<Entry>;
  /**
   * Claims a key, so that only this process computes it; undefined if another one holds the claim.
   * @throws PodiumError `store-not-writable`, `disk-full`
   */
  tryClaim(key: string): Promise<Claim | undefined>;
  /** Waits until a key can be claimed: its holder has finished, given up or died. */
  waitForClaim(key: string, signal?: AbortSignal): Promise<void>;
  /** All entries, sorted by key. */
  list(): Promise<EntrySummary[]>;
  /** Reads every byte of every entry and returns the damaged ones. Removes nothing. */
  verify(): Promise<{ readonly key: string; readonly damage: readonly string[] }[]>;
  /** Removes an entry in one step; returns false if there was none. */
  remove(key: string): Promise<boolean>;
  /** Removes old and least recently used entries, except pinned and leased ones. */
  collect(options: CollectOptions): Promise<CollectResult>;
  /** Protects entries from collection until `unpin`, under a name such as that of a run. */
  pin(name: string, keys: readonly string[]): Promise<void>;
  unpin(name: string): Promise<boolean>;
  pins(): Promise<Pin[]>;
  /** Protects entries from collection while this process uses them; returns a function that ends the lease. */
  lease(keys: readonly string[]): Promise<() => Promise<void>>;
  /** Saves the list of files in a source folder, so that a later run can name the file that changed. */
  saveSourceFiles(identity: SourceIdentity): Promise<void>;
  /** The files of the source folder with that hash, if they were saved. */
  sourceFiles(sha256: string): Promise<SourceFile[] | undefined>;
}
