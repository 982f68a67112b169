import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createFile,
  inFolder,
  isProcessName,
  linkRefused,
  ownerOf,
  PodiumError,
  processName,
  readText,
  removeTree,
  writeMark,
} from '@podium/core';
import { z } from 'zod';
import { removeFolder } from './attempts.ts';
import { storeError, systemCode } from './failure.ts';
import { isKey, type Layout, OWN } from './layout.ts';
import { namesIn } from './names-in.ts';
import { listBelow } from './outputs.ts';

/*
 * Who computes a key. `claims/<key>/<token>` names a holder; the highest token is the current one. Every change is the
 * creation of the next token, which the file system gives to one process only. Beside it `<token>.beat` is a counter that
 * the holder raises, and `<token>.free` says that the holder has given the claim up.
 *
 * A waiter watches the counter and measures by its own clock for how long it has not changed: clocks of other machines
 * and times of files have no part in it. The token fences off a holder that was stopped and continues: a result is stored
 * only under a token that was created for it, and whoever takes a claim over first moves the earlier holder's result and
 * checkpoints out of its reach.
 */

/** A holder whose counter does not change for this long has lost its claim. */
const LEASE_MS = 15_000;
const BEATS_PER_LEASE = 6;
const POLLS_PER_LEASE = 30;
const MAX_POLL_MS = 200;
const BEAT = '.beat';
const FREE = '.free';

/** The right of one process to compute a key. */
export interface Claim {
  readonly key: string;
  /** Name of the holder, unique to the claim. */
  readonly id: string;
  /** Aborted as soon as this process learns that another one has taken the claim over. */
  readonly lost: AbortSignal;
  /**
   * Confirms, by creating the next token, that the claim is still held: from then on it cannot be taken over for one lease.
   * @throws PodiumError `claim-lost`
   */
  confirm(): Promise<void>;
  /** The folder for checkpoints, with what earlier holders left in it. */
  workFolder(): Promise<string>;
  /** Gives the claim up. `done`: the key has an entry now, so that nobody needs claims on it anymore. */
  release(done?: boolean): Promise<void>;
}

/** What a waiter knows about the holder of a key. */
interface Holder {
  readonly token: number;
  readonly id: string;
  readonly leaseMs: number;
  readonly beat: string;
  readonly isFree: boolean;
}

const schema = z.object({ id: z.string().refine(isProcessName), leaseMs: z.number().positive() });

/** The claims of a store, as one process sees them. */
export class Claims {
  readonly #layout: Layout;
  readonly #leaseMs: number;
  /** The last sign of life of holders that were watched for a whole lease without another one. */
  readonly #expired = new Map<string, string>();

  constructor(layout: Layout, leaseMs: number = LEASE_MS) {
    this.#layout = layout;
    this.#leaseMs = leaseMs;
  }

  /**
   * Claims a key, if no living process holds it. A dead process of this machine is recognized at once, one of another
   * machine by {@link wait}.
   * @throws PodiumError `store-not-writable`, `disk-full`, `link-refused`
   */
  async tryClaim(key: string): Promise<Claim | undefined> {
    const layout = this.#layout;
    try {
      const holder = await holderOf(layout, key);
      if (holder !== undefined && !this.#isGone(key, holder)) return undefined;
      const id = processName();
      const token = (holder?.token ?? 0) + 1;
      if (!(await createToken(layout, key, token, { id, leaseMs: this.#leaseMs }, true))) return undefined;
      this.#expired.delete(key);
      // What the earlier holder has made but not stored yet.
      if (holder !== undefined && holder.id !== '')
        await removeFolder(layout, join(layout.attempts, holder.id));
      return new HeldClaim(layout, key, id, token, this.#leaseMs, holder?.id);
    } catch (error) {
      throw storeError(error, layout.folder);
    }
  }

  /** Waits until a key can be claimed: its holder has given it up, is dead, or has shown no sign of life for its lease. */
  async wait(key: string, signal?: AbortSignal): Promise<void> {
    let seen = '';
    let silentMs = 0;
    for (let before = performance.now(); ; ) {
      signal?.throwIfAborted();
      const holder = await holderOf(this.#layout, key);
      if (holder === undefined || this.#isGone(key, holder)) return;
      const pollMs = Math.min(MAX_POLL_MS, holder.leaseMs / POLLS_PER_LEASE);
      const now = performance.now();
      // A waiter that was itself stopped for an hour has seen the holder only once more.
      if (signOf(holder) === seen) silentMs += Math.min(now - before, 3 * pollMs);
      else silentMs = 0;
      before = now;
      seen = signOf(holder);
      if (silentMs > holder.leaseMs) {
        this.#expired.set(key, seen);
        return;
      }
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
    }
  }

  /**
   * Removes claims that nobody holds: they were given up, or belong to dead processes of this machine.
   * @throws PodiumError `link-refused`
   */
  async sweep(): Promise<void> {
    for (const key of (await namesIn(this.#layout, this.#layout.claims)).filter(isKey)) {
      // Whoever removes a claim has to hold it, or somebody else's new one could be removed.
      const claim = await this.tryClaim(key).catch(unlessRefused);
      await claim?.release(true);
    }
  }

  #isGone(key: string, holder: Holder): boolean {
    return holder.isFree || ownerOf(holder.id) === 'dead' || this.#expired.get(key) === signOf(holder);
  }
}

class HeldClaim implements Claim {
  readonly key: string;
  readonly id: string;
  readonly lost: AbortSignal;
  readonly #layout: Layout;
  readonly #leaseMs: number;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #earlier: string | undefined;
  #token: number;
  #beats = 0;
  #beating: Promise<void> = Promise.resolve();

  constructor(
    layout: Layout,
    key: string,
    id: string,
    token: number,
    leaseMs: number,
    earlier: string | undefined,
  ) {
    this.#layout = layout;
    this.key = key;
    this.id = id;
    this.#token = token;
    this.#leaseMs = leaseMs;
    this.#earlier = earlier;
    this.lost = this.#lost.signal;
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat());
    }, leaseMs / BEATS_PER_LEASE).unref();
  }

  async confirm(): Promise<void> {
    await this.#beating;
    if (await this.#isMine()) {
      const owner = { id: this.id, leaseMs: this.#leaseMs };
      const created = await createToken(this.#layout, this.key, this.#token + 1, owner, false);
      if (created) {
        this.#token++;
        return;
      }
    }
    throw this.#giveUp();
  }

  async workFolder(): Promise<string> {
    const { root, work } = this.#layout;
    const own = `${this.key}.${this.id}`;
    try {
      return await inFolder(
        root,
        work,
        async (opened) => {
          const names = new Set(await readdir(opened.self));
          const left = [`${this.key}.${this.#earlier}`, this.key, ...[...names].sort()].find(
            (name) => names.has(name) && (name === this.key || name.startsWith(`${this.key}.`)),
          );
          if (left === undefined) await mkdir(opened.at(own), OWN.mode);
          else if (left !== own) await rename(opened.at(left), opened.at(own));
          // Training will write below it.
          const [other] = (await listBelow(join(work, own), root)).others;
          if (other !== undefined) throw linkRefused(join(work, own, other));
          return join(work, own);
        },
        OWN,
      );
    } catch (error) {
      throw storeError(error, this.#layout.folder);
    }
  }

  async release(done = false): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    const layout = this.#layout;
    const { root } = layout;
    const folder = join(layout.claims, this.key);
    try {
      if (this.lost.aborted || !(await this.#isMine())) return;
      if (done) return void (await removeTree(folder, { root }));
      // The next holder may be on another machine: it looks for the folder under the key.
      await inFolder(root, layout.work, ({ at }) => rename(at(`${this.key}.${this.id}`), at(this.key))).catch(
        () => {},
      );
      await writeMark(join(folder, `${this.#token}${FREE}`), 'x', { root, mode: OWN.mode });
    } catch {
      // Others find out by the counter.
    }
  }

  async #beat(): Promise<void> {
    if (this.lost.aborted) return;
    const { root } = this.#layout;
    const folder = join(this.#layout.claims, this.key);
    try {
      if (!(await this.#isMine())) throw this.#giveUp();
      await writeMark(join(folder, `${this.#token}${BEAT}`), String(++this.#beats), { root, mode: OWN.mode });
    } catch {
      // On a full disk, for example: if that lasts, another process takes the claim over.
    }
  }

  async #isMine(): Promise<boolean> {
    const holder = await holderOf(this.#layout, this.key);
    return holder?.id === this.id && holder.token === this.#token;
  }

  #giveUp(): PodiumError {
    clearInterval(this.#timer);
    const error = claimLost(this.#layout.folder, this.key);
    this.#lost.abort(error);
    return error;
  }
}

/** The current holder of a key. @throws PodiumError `link-refused` */
async function holderOf(layout: Layout, key: string): Promise<Holder | undefined> {
  const folder = join(layout.claims, key);
  const names = await namesIn(layout, folder);
  const tokens = names.filter((name) => /^[1-9]\d{0,8}$/.test(name)).map(Number);
  if (tokens.length === 0) return undefined;
  const token = Math.max(...tokens);
  const text = async (name: string): Promise<string> => {
    const file = join(folder, name);
    return await readText(file, { root: layout.root, maxBytes: 1000 }).catch((error: unknown) => {
      if (error instanceof PodiumError && error.code === 'link-refused') throw error;
      return '';
    });
  };
  const owner = schema.safeParse(parsed(await text(String(token))));
  return {
    token,
    id: owner.data?.id ?? '',
    leaseMs: owner.data?.leaseMs ?? LEASE_MS,
    beat: names.includes(`${token}${BEAT}`) ? await text(`${token}${BEAT}`) : '',
    isFree: names.includes(`${token}${FREE}`),
  };
}

function unlessRefused(error: unknown): undefined {
  if (error instanceof PodiumError && error.code === 'link-refused') throw error;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function signOf({ token, id, beat }: Holder): string {
  return `${token} ${id} ${beat}`;
}

/** Creates a token of a key; false if another process did first, or if nobody holds claims on the key. */
async function createToken(
  { claims, root }: Layout,
  key: string,
  token: number,
  owner: { readonly id: string; readonly leaseMs: number },
  isFirst: boolean,
): Promise<boolean> {
  const file = join(claims, key, String(token));
  try {
    return await createFile(file, `${JSON.stringify(owner)}\n`, { root, ...OWN, create: isFirst });
  } catch (error) {
    if (!isFirst && systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function claimLost(folder: string, key: string): PodiumError {
  return new PodiumError({
    code: 'claim-lost',
    path: { file: folder, key },
    message:
      'this process showed no sign of life for too long, so another one has taken over its work; its own result is dropped',
    fix: 'nothing, if the machine was asleep; otherwise see whether its disk or memory is overloaded',
  });
}
