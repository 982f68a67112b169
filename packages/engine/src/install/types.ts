/** Where a TensorFlow came from: a folder named by the user, Podium's cache, a Python package, a wheel, tfjs-node-gpu's installer. */
export type SourceName = 'folder' | 'cache' | 'python' | 'wheel' | 'upstream';

/** One place that was looked at (or the compiler), and what came of it. */
export interface Attempt {
  readonly source: SourceName | 'compiler';
  readonly outcome: 'used' | 'skipped' | 'failed';
  /** One sentence for people: what was found, or what is missing and how to get it. */
  readonly reason: string;
}

/** A TensorFlow that this process can load. */
export interface NativeLibrary {
  /** The compiled `tfjs_binding.node`, ready for `require`. */
  readonly bindingPath: string;
  /** Every compiled addon by name, `tfjs_binding` among them. */
  readonly addons: Readonly<Record<string, string>>;
  /** The folder of TensorFlow's shared libraries. */
  readonly libraryFolder: string;
  readonly tensorflowVersion: string;
  /** Whether it is a CUDA build; it loads without a GPU too. */
  readonly gpu: boolean;
  readonly source: SourceName;
}

/** With `library`: it can be loaded. Without: `attempts` says what was tried and why each failed. */
export type InstallResult =
  | { readonly library: NativeLibrary; readonly attempts: readonly Attempt[] }
  | { readonly library?: undefined; readonly attempts: readonly Attempt[] };

/**
 * What an installation tells while it runs, so that the caller alone decides what is printed. `progress` counts the bytes
 * of the `download` or the `unpacking` before it.
 */
export type InstallEvent =
  | { readonly type: 'waiting'; readonly folder: string }
  | { readonly type: 'download'; readonly file: string; readonly bytes?: number; readonly folder: string }
  | { readonly type: 'progress'; readonly file: string; readonly done: number; readonly total?: number }
  | { readonly type: 'unpacking'; readonly file: string; readonly bytes: number; readonly folder: string }
  | { readonly type: 'verified'; readonly file: string; readonly files: number }
  | { readonly type: 'damaged'; readonly entry: string; readonly reason: string }
  | { readonly type: 'compiling'; readonly compiler: string; readonly addons: readonly string[] }
  | { readonly type: 'attempt'; readonly attempt: Attempt };

export interface InstallOptions {
  /**
   * true: only a CUDA build will do. false: only a CPU build. Left out: what is there already, else a CPU build.
   * What PODIUM_TENSORFLOW names is taken as it is.
   */
  readonly gpu?: boolean;
  /** The environment to read settings from and to run programs in; `process.env` where left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onEvent?: (event: InstallEvent) => void;
  /** Stops the set-up; what was half made is removed. */
  readonly signal?: AbortSignal;
}
