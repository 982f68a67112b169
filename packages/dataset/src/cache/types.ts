/** Where decoded images are cached, and at which size. */
export interface CacheOptions {
  /** A dedicated folder, which may be deleted at any time. */
  readonly folder: string;
  /** Length of the shorter side in pixels. Smaller images keep their size. */
  readonly shorterSide: number;
  /**
   * If a loader's images take at most this many bytes, they are kept in shared memory. Otherwise they are read from the
   * shards, which is nearly as fast thanks to the page cache. Default 1 GiB.
   */
  readonly memory?: number;
}
