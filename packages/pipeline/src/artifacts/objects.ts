/** What a bucket and a folder have in common: named bytes. Names are paths with forward slashes. */
export interface Objects {
  /** For messages: a path, or `s3://bucket/prefix`. */
  readonly name: string;
  stat(path: string): Promise<ObjectStat | undefined>;
  /** The bytes of a small object; undefined if there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** The bytes of an object of any size, in parts. */
  stream(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Writes a whole object or nothing. With `ifAbsent` an existing one stays, and the result is false. */
  write(path: string, bytes: Uint8Array, options?: { readonly ifAbsent?: boolean }): Promise<boolean>;
  /** Writes the bytes of a file, also one that does not fit into memory. `sha256` is their hash. */
  writeFile(path: string, file: string, sha256: string): Promise<void>;
  /** Removes an object, if there is one. */
  remove(path: string): Promise<void>;
  /** All objects whose names begin with the prefix, a folder that ends in `/`. */
  list(prefix: string): AsyncIterable<ObjectStat & { readonly path: string }>;
}

export interface ObjectStat {
  readonly size: number;
  /** Time since it was written, in ms, by the clock that stamps objects: no other machine's clock matters. */
  readonly ageMs: number;
}
