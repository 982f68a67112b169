/**
 * Source of a TensorFlow: PODIUM_TENSORFLOW, Podium's cache, a Python package, a wheel, or an old release of libtensorflow.
 */
export type SourceName = 'folder' | 'cache' | 'python' | 'wheel' | 'upstream';

/** One source (or the compiler) that was tried, and the outcome. */
export interface Attempt {
  readonly source: SourceName | 'compiler';
  readonly outcome: 'used' | 'skipped' | 'failed';
  /** One sentence: what was found, or what is missing and how to get it. */
  readonly reason: string;
}

/** A TensorFlow that this process can load. */
export interface NativeLibrary {
  /** The compiled `tfjs_binding.node`, ready for `require`. */
  readonly bindingPath: string;
  /** Paths of all compiled addons by name, including `tfjs_binding`. */
  readonly addons: Readonly<Record<string, string>>;
  /** The folder of TensorFlow's shared libraries. */
  readonly libraryFolder: string;
  readonly tensorflowVersion: string;
  /** Whether it is a CUDA build, which also works without a GPU. */
  readonly gpu: boolean;
  readonly source: SourceName;
}

/** The library, if any source succeeded, and all attempts with reasons. */
export type InstallResult =
  | { readonly library: NativeLibrary; readonly attempts: readonly Attempt[] }
  | { readonly library?: undefined; readonly attempts: readonly Attempt[] };

/** Events of an installation. `progress` counts bytes of the preceding `download` or `unpacking`. */
export type InstallEvent =
  | { readonly type: 'waiting'; readonly folder: string }
  | { readonly type: 'download'; readonly file: string; readonly bytes?: number; readonly folder: string }
  | { readonly type: 'progress'; readonly file: string; readonly done: number; readonly total?: number }
  | { readonly type: 'unpacking'; readonly file: string; readonly bytes: number; readonly folder: string }
  | { readonly type: 'verified'; readonly file: string; readonly files: number }
  | { readonly type: 'damaged'; readonly entry: string; readonly reason: string }
  | { readonly type: 'compiling'; readonly compiler: string; readonly addons: readonly string[] }
  | { readonly type: 'attempt'; readonly attempt: Attempt };

/** Options of {@link installTensorflow}. */
export interface InstallOptions {
  /**
   * Whether to accept only a CUDA build (true) or only a CPU build (false). Default: whatever is installed, or a CPU
   * build. Ignored for PODIUM_TENSORFLOW.
   */
  readonly gpu?: boolean;
  /** Environment for settings and programs. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onEvent?: (event: InstallEvent) => void;
  /** Cancels the installation; unfinished files are removed. */
  readonly signal?: AbortSignal;
}
