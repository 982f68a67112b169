import {
  defineRegistry,
  type Image,
  type ImageTransform,
  PodiumError,
  type Registry,
  type Rng,
  resample,
} from '@podium/core';
import type { PresetSettings } from '../../presets.ts';
import { isRecord, show } from '../../settings/parse.ts';
import type { StepSettings } from '../../transform.ts';
import * as kinds from '../index.ts';
import { parseFrame, type ViewFrame, type ViewKind, type ViewParts } from './view.ts';

/** Every kind of view that a spec can name. */
export const viewKinds: Registry<ViewKind> = defineRegistry(Object.values(kinds), { kind: 'view' });

/** One view as data: `viewFrom` makes it again, in another thread for example. */
export interface ViewSpec {
  /** The kind of view and its settings, spelled out. */
  readonly view: Readonly<Record<string, StepSettings>>;
  /** Which of the views that these make. */
  readonly index: number;
  readonly frame: ViewFrame;
}

/** One way to show an image to a model, for a loader: a decoded image of any size becomes one of the model's size. */
export interface View extends ImageTransform {
  /** `identity`, `fiveCrops.topLeft`, `scales.1.15`. */
  readonly name: string;
  readonly spec: ViewSpec;
  /** The part of an image to read: views of one scale want the same, so that it is resized once for all of them. */
  readonly window: NonNullable<ImageTransform['window']>;
  /** The view of a whole image; `window` plays no part. */
  readonly run: (image: Image, rng: Rng) => Image;
  /** Where it looks in an image; missing for lists of transforms. */
  readonly placement?: NonNullable<ViewParts['placement']>;
}

/**
 * Views for test-time augmentation from data: a JSON list of kinds of view, each of which makes one or more.
 *
 * `viewsFrom(['identity', 'horizontalFlip', { scales: { factors: [1.2] } }], { size: 224 })`
 *
 * @param settings how the model wants its images, as for `preset('eval')`
 * @param at what the list is called in messages
 * @throws PodiumError `augment-view` for what is no view, `augment-setting` and `augment-spec` for settings; all name the
 * place
 */
export function viewsFrom(spec: unknown, settings: PresetSettings, at = 'views'): readonly View[] {
  if (!Array.isArray(spec) || spec.length === 0) {
    fail(at, 'a list of views, such as ["identity", "horizontalFlip"]', spec);
  }
  const frame = parseFrame(settings, `${at}, settings`);
  return (spec as unknown[]).flatMap((each, i) => makeViews(each, frame, `${at}[${i}]`));
}

/** The view that a `View`'s `spec` describes: `{ module, factory: 'viewFrom', argument: view.spec }` for a loader. */
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
    const own: ViewSpec = { view: { [name]: settings }, index, frame };
    return makeView(parts.label === '' ? name : `${name}.${parts.label}`, own, parts);
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
  throw new PodiumError({ code: 'augment-view', path: { key: at }, expected, got: show(got) });
}
