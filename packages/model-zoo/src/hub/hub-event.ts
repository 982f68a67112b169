/** Events of a download. The caller decides what to print. */
export type HubEvent =
  /** Another process is downloading the same file. */
  | { readonly type: 'waiting'; readonly folder: string }
  /** A download starts, or resumes at byte `resumedAt`. `bytes` is the size of the whole file. */
  | {
      readonly type: 'download';
      readonly file: string;
      readonly from?: string;
      readonly bytes?: number;
      readonly resumedAt?: number;
      readonly folder: string;
    }
  /** Bytes so far, including those of earlier attempts. */
  | { readonly type: 'progress'; readonly file: string; readonly done: number; readonly total?: number }
  | { readonly type: 'retry'; readonly file: string; readonly reason: string; readonly waitMs: number }
  /** The bytes of earlier attempts are useless: the download restarts. */
  | { readonly type: 'restart'; readonly file: string; readonly reason: string }
  | { readonly type: 'unpacking'; readonly file: string; readonly bytes: number; readonly folder: string }
  | { readonly type: 'verified'; readonly file: string; readonly files: number }
  /** A cached file has changed and is downloaded again. */
  | { readonly type: 'damaged'; readonly entry: string; readonly reason: string };
