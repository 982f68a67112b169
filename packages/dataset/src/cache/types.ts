/** Where decoded images are kept, and at which size. */
export interface CacheOptions {
  /** A folder of its own; it may be deleted at any time. */
  readonly folder: string;
  /** Images are shrunk to this length of their shorter side; smaller ones stay as they are. */
  readonly shorterSide: number;
  /**
   * Bytes up to which the images that a loader needs are held in memory that its threads share; beyond, they are read
   * from the shards as needed, which the system's page cache makes nearly as fast. Default 1 GiB.
   */
  readonly memory?: number;
}
