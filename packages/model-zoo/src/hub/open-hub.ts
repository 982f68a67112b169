import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PodiumError } from '@podium/core';
import { cacheRoot, readSwitch } from '@podium/engine/install';
import type { HubEvent } from './hub-event.ts';

/** Its number goes up with the form of the records, so that versions of Podium leave each other's caches alone. */
const CACHE_NAME = 'weights-1';

/** What a download may take at most. */
export interface HubLimits {
  /** Failures in a row, without a mebibyte of progress between them, after which a download is given up. */
  readonly attempts: number;
  /** Longest time without a byte, in milliseconds. */
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
  /** Stops the download; what came so far is kept for the next one. */
  readonly signal?: AbortSignal;
  /** Where files are kept; `weights-1` below Podium's cache folder (PODIUM_CACHE) where left out. */
  readonly cacheFolder?: string;
  /** true: nothing is downloaded. Left out: PODIUM_OFFLINE and HF_HUB_OFFLINE say. */
  readonly offline?: boolean;
  /** The environment to read settings from; `process.env` where left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly limits?: Partial<HubLimits>;
  /** Waits between attempts; a test puts in one that does not. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** One call of `fetchWeights`: what was asked for and what the environment says. */
export interface Hub {
  readonly cacheFolder: string;
  /** What forbids downloads, by name; undefined where they are allowed. */
  readonly offline: string | undefined;
  /** HF_ENDPOINT: the Hugging Face hub, or a mirror of it. No `/` at its end. */
  readonly endpoint: string;
  /** HF_TOKEN: for the endpoint alone. */
  readonly token: string | undefined;
  /** PODIUM_WEIGHTS_MIRROR: stands for https://download.pytorch.org. */
  readonly torchMirror: string | undefined;
  readonly limits: HubLimits;
  readonly env: NodeJS.ProcessEnv;
  readonly emit: (event: HubEvent) => void;
  readonly signal: AbortSignal | undefined;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * Reads PODIUM_CACHE, PODIUM_OFFLINE, HF_HUB_OFFLINE, HF_ENDPOINT, HF_TOKEN and PODIUM_WEIGHTS_MIRROR. An empty variable
 * counts as unset.
 *
 * @throws PodiumError `engine-setting` for a switch that is neither a yes nor a no, `weights-setting` for an address or a
 * token that cannot be one.
 */
export function openHub(options: FetchOptions): Hub {
  const env = options.env ?? process.env;
  return {
    cacheFolder: resolve(options.cacheFolder ?? join(cacheRoot(env), CACHE_NAME)),
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
  // A user and a password would show up in messages; a query would swallow the path that is added.
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
