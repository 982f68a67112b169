import {
  defineRegistry,
  type Image,
  type ImageTransform,
  PodiumError,
  type Registry,
  type Rng,
  resample,
} from '@podium/core';
import { isRecord, shownValue } from '../json-values.ts';
import type { PresetSettings } from '../presets.ts';
import type { StepSettings } from '../transform.ts';
import { parseFrame, type ViewFrame, type ViewKind, type ViewParts } from './define-view.ts';
import * as kinds from './kinds/index.ts';

/** All kinds of view, by name. */
export const viewKinds: Registry<ViewKind> = defineRegistry(Object.values(kinds), { kind: 'view' });

/** One view as data: `viewFrom` recreates it, in a worker thread for example. */
export interface ViewSpec {
  /** The kind of view and its settings, with defaults. */
  readonly view: Readonly<Record<string, StepSettings>>;
  /** Which of the kind's views. */
  readonly index: number;
  readonly frame: ViewFrame;
}

/** One way to show an image to a model: turns an image of any size into one of the model's size. */
export interface View extends ImageTransform {
  /** `identity`, `fiveCrops.topLeft`, `scales.1.15`. */
  readonly name: string;
  readonly spec: ViewSpec;
  /** The part of an image to read. Views of one scale return the same window, so that the image is resized only once. */
  readonly window: NonNullable<ImageTransform['window']>;
  /** The view of a whole image, without `window`. */
  readonly run: (image: Image, rng: Rng) => Image;
  /** Where it looks in an image; missing for the kind `transforms`. */
  readonly placement?: NonNullable<ViewParts['placement']>;
}

/**
 * Views for test-time augmentation, from a JSON list of kinds. A kind makes one or more views.
 *
 * @param settings how the model's images are prepared, as for `preset('eval')`
 * @param at what the list is called in messages
 * @throws PodiumError `augment-view` for an invalid view, `augment-setting` and `augment-spec` for invalid settings; all
 * name the place
 *
 * @example
 * const views = viewsFrom(['identity', 'horizontalFlip', { scales: { factors: [1.2] } }], { size: 224 });
 */
export function viewsFrom(spec: unknown, settings: PresetSettings, at = 'views'): readonly View[] {
  if (!Array.isArray(spec) || spec.length === 0) {
    fail(at, 'a list of views, such as ["identity", "horizontalFlip"]', spec);
  }
  const frame = parseFrame(settings, `${at} settings`);
  return (spec as unknown[]).flatMap((kind, i) => makeViews(kind, frame, `${at}[${i}]`));
}

/** The view of a `View`'s `spec`. For a loader: `{ module, factory: 'viewFrom', argument: view.spec }`. */
export function viewFrom(spec: unknown, at = 'view'): View {
  if (!isRecord(spec)) fail(at, 'the spec of a view', spec);
  const views = makeViews(spec.view, parseFrame(spec.frame, `${at}.frame`), `${at}.view`);
  const view = views[spec.index as number];
  if (view === undefined) fail(`${at}.index`, `a whole number from 0 to ${views.length - 1}`, spec.index);
  return view;
}

function makeViews(spec: unknown, frame: ViewFrame, at: string): View[] {
  const entries =
    typeof spec === 'string' ? [[spec, {}] as const] : isRecord(spec) ? Object.entries(spec) : [];
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) {
    fail(at, 'one view: its name, or an object of its name and settings', spec);
  }
  const [name, given] = entry;
  if (!viewKinds.has(name)) {
    throw new PodiumError({
      code: 'augment-view',
      path: { key: at },
      message: 'unknown view',
      expected: viewKinds.names(),
      got: JSON.stringify(name),
    });
  }
  const kind = viewKinds.get(name);
  const key = `${at}.${name}`;
  const settings = kind.parse(given, key);
  return kind.make(settings, frame, key).map((parts, index) => {
    const viewSpec: ViewSpec = { view: { [name]: settings }, index, frame };
    return makeView(parts.label === '' ? name : `${name}.${parts.label}`, viewSpec, parts);
  });
}

function makeView(name: string, spec: ViewSpec, { window, apply, placement }: ViewParts): View {
  return Object.freeze({
    name,
    spec: Object.freeze(spec),
    window,
    apply,
    run: (image: Image, rng: Rng) => {
      const { left, top, width, height, outWidth, outHeight, interpolation } = window(image, rng);
      const box = { left, top, right: left + width, bottom: top + height };
      return apply(resample(image, box, outWidth, outHeight, interpolation), rng);
    },
    ...(placement && { placement }),
  });
}

function fail(at: string, expected: string, got: unknown): never {
  throw new PodiumError({ code: 'augment-view', path: { key: at }, expected, got: shownValue(got) });
}
