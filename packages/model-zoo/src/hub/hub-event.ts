/** What a download tells while it runs, so that the caller alone decides what is printed. */
export type HubEvent =
  /** Another process is at work on the same file. */
  | { readonly type: 'waiting'; readonly folder: string }
  /** A download begins, or goes on from byte `resumedAt`. `bytes` is the size of the whole file. */
  | {
      readonly type: 'download';
      readonly file: string;
      readonly from?: string;
      readonly bytes?: number;
      readonly resumedAt?: number;
      readonly folder: string;
    }
  /** Bytes that are there, those of an earlier attempt included. */
  | { readonly type: 'progress'; readonly file: string; readonly done: number; readonly total?: number }
  | { readonly type: 'retry'; readonly file: string; readonly reason: string; readonly waitMs: number }
  /** What an earlier attempt brought is of no use: the download begins anew. */
  | { readonly type: 'restart'; readonly file: string; readonly reason: string }
  | { readonly type: 'unpacking'; readonly file: string; readonly bytes: number; readonly folder: string }
  | { readonly type: 'verified'; readonly file: string; readonly files: number }
  /** A file of the cache is not what it was: it is fetched again. */
  | { readonly type: 'damaged'; readonly entry: string; readonly reason: string };
