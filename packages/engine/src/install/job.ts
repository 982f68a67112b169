import { type Addon, readAddonSources } from './addons.ts';
import { type Compiler, findCompiler } from './compile.ts';
import { type Host, thisHost } from './host.ts';
import type { Layout } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { type InstallSettings, readSettings } from './settings.ts';
import type { Attempt, InstallEvent, InstallOptions, SourceName } from './types.ts';

/** One set-up: what was asked for, on what machine, and what it shares between its steps. */
export interface Job {
  readonly env: NodeJS.ProcessEnv;
  readonly settings: InstallSettings;
  readonly host: Host;
  readonly gpu: boolean | undefined;
  readonly addons: readonly Addon[];
  /** TensorFlow's headers that the addons include by name. */
  readonly headerRoots: readonly string[];
  /** Hash of the addons' sources. */
  readonly sourcesSha256: string;
  readonly emit: (event: InstallEvent) => void;
  readonly signal: AbortSignal | undefined;
  /** Requests that the cache holds in good order but that do not work on this machine. */
  readonly unloadable: Set<string>;
  /** Finds the compiler, once. */
  readonly compiler: () => Promise<Compiler>;
}

/** A TensorFlow in the cache. */
export interface CacheTensorflow {
  readonly name: string;
  readonly manifest: Manifest;
}

/** A TensorFlow that was found or fetched; what is still to come is its compiled addons. */
export interface FoundTensorflow {
  readonly layout: Layout;
  /** Where it came from in the first place. */
  readonly origin: Manifest['source'];
  readonly request: string;
  readonly gpu: boolean;
  /** Its cache entry, where it lies in the cache. */
  readonly entry: CacheTensorflow | undefined;
  /** What it is and where, for the attempt. */
  readonly reason: string;
  /** What to do where it turns out not to work. */
  readonly discard?: () => Promise<void>;
}

/** A place to look for TensorFlow: what it offers, best first, and why other things there will not do. */
export type Place = (job: Job) => {
  readonly source: SourceName;
  readonly offers: AsyncIterable<FoundTensorflow | Attempt>;
};

export async function newJob(options: InstallOptions, addons: readonly Addon[]): Promise<Job> {
  const env = options.env ?? process.env;
  const settings = readSettings(env);
  const host = thisHost();
  const { tensorflowHeaders, sha256 } = await readAddonSources(addons);
  let compiler: Promise<Compiler> | undefined;
  return {
    env,
    settings,
    host,
    gpu: options.gpu,
    addons,
    headerRoots: tensorflowHeaders,
    sourcesSha256: sha256,
    emit: options.onEvent ?? (() => {}),
    signal: options.signal,
    unloadable: new Set(),
    compiler: () => {
      compiler ??= findCompiler(settings, env, host.os);
      return compiler;
    },
  };
}
