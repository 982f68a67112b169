import { type Addon, readAddonSources } from './addons.ts';
import { type Compiler, findCompiler } from './compile.ts';
import { type Host, thisHost } from './host.ts';
import type { Layout } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { type InstallSettings, readSettings } from './settings.ts';
import type { Attempt, InstallEvent, InstallOptions, SourceName } from './types.ts';

/** One installation: options, machine, and what its steps share. */
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
  /** Requests whose cached TensorFlow is undamaged but does not work on this machine. */
  readonly unloadable: Set<string>;
  /** Finds the compiler, once. */
  readonly compiler: () => Promise<Compiler>;
}

/** A TensorFlow in the cache. */
export interface CacheTensorflow {
  readonly name: string;
  readonly manifest: Manifest;
}

/** A TensorFlow that was found or downloaded, without compiled addons. */
export interface FoundTensorflow {
  readonly layout: Layout;
  /** Original source. */
  readonly origin: Manifest['source'];
  readonly request: string;
  readonly gpu: boolean;
  /** Its cache entry, if it is in the cache. */
  readonly entry: CacheTensorflow | undefined;
  /** Description for the attempt. */
  readonly reason: string;
  /** Called if it turns out not to work. */
  readonly discard?: () => Promise<void>;
}

/** A source of TensorFlow: what it offers, best first, and why it rejected others. */
export type Source = (job: Job) => {
  readonly source: SourceName;
  readonly offers: AsyncIterable<FoundTensorflow | Attempt>;
};

/** Reads settings and sources for an installation. */
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
