import type { ArtifactKind } from '../stage/ports.ts';

/** One file of a folder. */
export interface SourceFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** What is in a source, whatever it is called and wherever it lies. */
export interface SourceIdentity {
  readonly kind: ArtifactKind;
  /** Of the file's bytes; of a folder, of its files' paths and hashes. */
  readonly sha256: string;
  readonly bytes: number;
  /** Of a folder: its files, in the order of their paths' code units. */
  readonly files?: readonly SourceFile[];
}
