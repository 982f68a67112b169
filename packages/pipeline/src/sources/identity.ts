import type { ArtifactKind } from '../stage/ports.ts';

/** One file of a source folder. */
export interface SourceFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** The content of a source, independent of its name and location. */
export interface SourceIdentity {
  readonly kind: ArtifactKind;
  /** Hash of the file's bytes, or of the paths and hashes of a folder's files. */
  readonly sha256: string;
  readonly bytes: number;
  /** A folder's files, sorted by path. */
  readonly files?: readonly SourceFile[];
}
