import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PodiumError } from '@podium/core';
import { cacheRoot, readSwitch, sharedCache } from '@podium/engine/install';
import type { HubEvent } from './hub-event.ts';

/** The number increases with the format of the records, so that versions of Podium do not share caches. */
const CACHE_NAME = 'weights-1';

/** Limits of a download. */
export interface HubLimits {
  /** Consecutive failures, without a mebibyte of progress between them, after which a download fails. */
  readonly attempts: number;
  /** Longest time without data, in milliseconds. */
  readonly idleMs: number;
  /** Longest wait that a server may ask for (Retry-After), in milliseconds. */
  readonly waitMs: number;
  readonly redirects: number;
  /** Largest file, in bytes. */
  readonly bytes: number;
}

const LIMITS: HubLimits = {
  attempts: 6,
  idleMs: 30_000,
  waitMs: 120_000,
  redirects: 10,
  bytes: 16 * 1024 ** 3,
};

export interface FetchOptions {
  readonly onEvent?: (event: HubEvent) => void;
  /** Stops the download, which can be resumed later. */
  readonly signal?: AbortSignal;
  /** Cache folder. Default: `weights-1` in Podium's cache folder (PODIUM_CACHE). */
  readonly cacheFolder?: string;
  /** Whether downloads are forbidden. Default: PODIUM_OFFLINE or HF_HUB_OFFLINE. */
  readonly offline?: boolean;
  /** Environment variables. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  readonly limits?: Partial<HubLimits>;
  /** Waits between attempts; replaced in tests. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Options and environment of one call of `fetchWeights`. */
export interface Hub {
  readonly cacheFolder: string;
  /**
   * The same in a cache that others may write to: only files with a known checksum are taken from there, as copies. Undefined
   * if there is none.
   */
  readonly sharedFolder: string | undefined;
  /** Name of what forbids downloads; undefined if they are allowed. */
  readonly offline: string | undefined;
  /** HF_ENDPOINT: the Hugging Face hub, or a mirror of it, without a trailing `/`. */
  readonly endpoint: string;
  /** HF_TOKEN, sent only to the endpoint. */
  readonly token: string | undefined;
  /** PODIUM_WEIGHTS_MIRROR: replaces https://download.pytorch.org. */
  readonly torchMirror: string | undefined;
  readonly limits: HubLimits;
  readonly env: NodeJS.ProcessEnv;
  readonly emit: (event: HubEvent) => void;
  readonly signal: AbortSignal | undefined;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * Reads PODIUM_CACHE, PODIUM_OFFLINE, HF_HUB_OFFLINE, HF_ENDPOINT, HF_TOKEN and PODIUM_WEIGHTS_MIRROR. Empty variables count as
 * unset.
 *
 * @throws PodiumError `engine-setting` for an invalid switch, `weights-setting` for an invalid address or token
 */
export function openHub(options: FetchOptions): Hub {
  const env = options.env ?? process.env;
  const shared = options.cacheFolder === undefined ? sharedCache(env) : undefined;
  return {
    cacheFolder: resolve(options.cacheFolder ?? join(cacheRoot(env), CACHE_NAME)),
    sharedFolder: shared === undefined ? undefined : join(shared, CACHE_NAME),
    offline: readOffline(env, options.offline),
    endpoint: readAddress(env, 'HF_ENDPOINT') ?? 'https://huggingface.co',
    token: readToken(env),
    torchMirror: readAddress(env, 'PODIUM_WEIGHTS_MIRROR'),
    limits: { ...LIMITS, ...options.limits },
    env,
    emit: options.onEvent ?? (() => {}),
    signal: options.signal,
    sleep: options.sleep ?? (async (ms, signal) => await delay(ms, undefined, signal ? { signal } : {})),
  };
}

function readOffline(env: NodeJS.ProcessEnv, option: boolean | undefined): string | undefined {
  if (option !== undefined) return option ? 'the option offline' : undefined;
  return ['PODIUM_OFFLINE', 'HF_HUB_OFFLINE'].find((name) => readSwitch(env, name));
}

function readAddress(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name]?.trim();
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // User and password would appear in messages; a query would swallow the appended path.
  const plain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== undefined && plain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '');
  throw new PodiumError({
    code: 'weights-setting',
    path: { key: name },
    expected: 'an address such as https://mirror.example.org, without user, password or query',
    fix: `correct ${name}, or unset it`,
  });
}

function readToken(env: NodeJS.ProcessEnv): string | undefined {
  const text = env.HF_TOKEN?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new PodiumError({
    code: 'weights-setting',
    path: { key: 'HF_TOKEN' },
    expected: 'a token in ASCII without spaces (its value is not shown)',
    fix: 'copy the token again from the settings of your account, or unset HF_TOKEN',
  });
}
