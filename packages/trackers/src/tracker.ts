import type { z } from 'zod';

/** A training that is followed. */
export interface Training {
  /** `train[resnet18,seed=1,fold=0]` */
  readonly name: string;
  /** Hash of everything that decides its result, in hexadecimal: two trainings with one key are the same. */
  readonly key: string;
  readonly competition: string;
  /** Optimizer steps that were done before: more than 0 if the training resumes. */
  readonly step: number;
  /** JSON: how it trains. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Numbers at one step. A training gives its points in the order of steps; a resumed one gives all epochs again first. */
export interface Point {
  readonly step: number;
  /** By tag: `{ 'train/loss': 0.4 }`. */
  readonly values: Readonly<Record<string, number>>;
}

/** An image with what is to be said about it. */
export interface LoggedImage {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly caption: string;
}

/** How a training ended; a stopped one may resume. */
export type Ending = 'finished' | 'failed' | 'stopped';

/** The record of one training. Calls come one after the other. */
export interface TrainingLog {
  addPoints(points: readonly Point[]): Promise<void>;
  /** @param tag what they show: `mistakes` */
  addImages(step: number, tag: string, images: readonly LoggedImage[]): Promise<void>;
  /** Distributions at one step, by tag; undefined if the tracker has none, or was not asked for them. */
  readonly addHistograms?: (
    step: number,
    values: Readonly<Record<string, ArrayLike<number>>>,
  ) => Promise<void>;
  /** The last call. */
  close(ending: Ending): Promise<void>;
}

/** Keeps records of trainings, in files or on a server. */
export interface Tracker {
  readonly name: string;
  /** Whether it has a record of this training, complete or not. */
  has(training: Training): Promise<boolean>;
  open(training: Training): Promise<TrainingLog>;
}

export interface TrackerContext {
  /** Absolute: what paths in settings are relative to. */
  readonly folder: string;
  /** Clock in seconds since 1970. */
  readonly now: () => number;
}

/** A kind of tracker that settings can name. */
export interface TrackerEntry {
  readonly name: string;
  readonly summary: string;
  readonly settings: z.ZodObject;
  /** @param options valid settings, with defaults filled in */
  readonly create: (options: Record<string, unknown>, context: TrackerContext) => Tracker;
  /** Where records go: a folder, relative to the settings or absolute, or the address of a server. */
  readonly target: (options: Record<string, unknown>) => { readonly folder?: string; readonly url?: string };
}

/** Keeps the types of a tracker's settings inside its file. */
export function defineTracker<Shape extends z.ZodObject>(entry: {
  readonly name: string;
  readonly summary: string;
  readonly settings: Shape;
  readonly create: (options: z.output<Shape>, context: TrackerContext) => Tracker;
  readonly target: (options: z.output<Shape>) => { readonly folder?: string; readonly url?: string };
}): TrackerEntry {
  return entry as unknown as TrackerEntry;
}
