import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { ownPartOf, PodiumError } from '@podium/core';

/** Numbered by the format of the manifests, so that versions of Podium do not use each other's caches. */
const CACHE_NAME = 'tensorflow-1';

/** Settings of the installation from environment variables. */
export interface InstallSettings {
  /** Where Podium caches TensorFlow. */
  readonly cacheFolder: string;
  /** PODIUM_TENSORFLOW: a folder that contains TensorFlow. */
  readonly tensorflowFolder: string | undefined;
  /** PODIUM_OFFLINE=1: no downloads. */
  readonly offline: boolean;
  /** Interpreters to try, best first; only PODIUM_PYTHON if that is set. */
  readonly pythons: readonly string[];
  readonly pythonIsChosen: boolean;
  /** Compiler commands to try, best first; only CXX if that is set. */
  readonly compilers: readonly (readonly [string, ...string[]])[];
  readonly compilerIsChosen: boolean;
  /** PODIUM_CPU: the processor that Podium's ops are compiled for, as the compiler's `-march` names it. Default: `native`, this one. */
  readonly cpu: string;
}

/**
 * Reads PODIUM_TENSORFLOW, PODIUM_CACHE (default: XDG_CACHE_HOME/podium or ~/.cache/podium), PODIUM_OFFLINE,
 * PODIUM_PYTHON, CXX and PODIUM_CPU. An empty variable counts as unset.
 *
 * @throws PodiumError `engine-setting` if PODIUM_OFFLINE is not a boolean, or PODIUM_CPU not a name
 */
export function readSettings(env: NodeJS.ProcessEnv): InstallSettings {
  const python = value(env.PODIUM_PYTHON);
  const compiler = value(env.CXX)?.split(/\s+/);
  const tensorflow = value(env.PODIUM_TENSORFLOW);
  return {
    cacheFolder: join(cacheRoot(env), CACHE_NAME),
    tensorflowFolder: tensorflow === undefined ? undefined : resolve(tensorflow),
    offline: readSwitch(env, 'PODIUM_OFFLINE'),
    pythons: python === undefined ? ['python3', 'python'] : [python],
    pythonIsChosen: python !== undefined,
    compilers: isCommand(compiler) ? [compiler] : [['c++'], ['g++'], ['clang++']],
    compilerIsChosen: compiler !== undefined,
    cpu: readCpu(env),
  };
}

/**
 * The folder of all downloads: PODIUM_CACHE, or XDG_CACHE_HOME/podium, or ~/.cache/podium. What is in it is run and computed
 * with, so it is a part of it that nobody else can write to, if others may write to it: `user-ID` in a folder like /tmp, or
 * else the default.
 * @throws PodiumError `engine-cache-open`, `owner-other` if the default is not the user's own either
 */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  const chosen = value(env.PODIUM_CACHE);
  const own = chosen === undefined ? undefined : ownPartOf(resolve(chosen), env);
  if (own !== undefined) return own;
  const usual = ownPartOf(usualRoot(env), env);
  if (usual !== undefined) return usual;
  throw new PodiumError({
    code: 'engine-cache-open',
    path: { file: usualRoot(env) },
    message: 'others may write to this cache of what Podium downloads and runs',
    fix: `forbid it: chmod -R go-w ${JSON.stringify(usualRoot(env))}, or set PODIUM_CACHE to a folder of your own`,
  });
}

/** The folder that PODIUM_CACHE names, if it is another one than {@link cacheRoot}: whoever shares it may have put anything there. */
export function sharedCache(env: NodeJS.ProcessEnv): string | undefined {
  const chosen = value(env.PODIUM_CACHE);
  return chosen === undefined || cacheRoot(env) === resolve(chosen) ? undefined : resolve(chosen);
}

function usualRoot(env: NodeJS.ProcessEnv): string {
  // The XDG specification says to ignore a relative path.
  const xdg = value(env.XDG_CACHE_HOME);
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'podium');
  return join(value(env.HOME) ?? homedir(), '.cache', 'podium');
}

/**
 * Reads a boolean environment variable: 1, true, yes or on; 0, false, no, off or unset.
 *
 * @throws PodiumError `engine-setting` for other values
 */
export function readSwitch(env: NodeJS.ProcessEnv, name: string): boolean {
  const text = value(env[name])?.toLowerCase();
  if (text === undefined || ['0', 'false', 'no', 'off'].includes(text)) return false;
  if (['1', 'true', 'yes', 'on'].includes(text)) return true;
  throw new PodiumError({
    code: 'engine-setting',
    path: { key: name },
    expected: ['0', '1'],
    got: `"${env[name]}"`,
    fix: `set ${name}=1 to forbid downloads, or unset it`,
  });
}

function readCpu(env: NodeJS.ProcessEnv): string {
  const cpu = value(env.PODIUM_CPU) ?? 'native';
  if (/^[a-z0-9][a-z0-9.+_-]*$/i.test(cpu)) return cpu;
  throw new PodiumError({
    code: 'engine-setting',
    path: { key: 'PODIUM_CPU' },
    message: 'the processor that ops are compiled for',
    expected: 'a name that the compiler knows, like native or x86-64-v3',
    got: JSON.stringify(cpu),
    fix: 'unset PODIUM_CPU: ops are then compiled for this processor',
  });
}

function value(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function isCommand(words: string[] | undefined): words is [string, ...string[]] {
  return words !== undefined && words.length > 0;
}
