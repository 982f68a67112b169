import type { Recipe } from './recipes.ts';

/** One step: a run of the app, or a blend of earlier runs. */
export type Rung =
  | { readonly name: string; readonly what: string; readonly run: Recipe }
  | {
      readonly name: string;
      readonly what: string;
      readonly blend: readonly string[];
      readonly method: string;
    };

const PROBE = { pretrained: 'pypi', method: 'probe' };
const LITE0 = { ...PROBE, model: 'tf_efficientnet_lite0' };
const LITE1 = { ...PROBE, model: 'tf_efficientnet_lite1' };
const VIEWS = ['whole', 'flip', 'five-crops'];

const NET = { model: 'small-net', epochs: 6, batchSize: 32 };

/** From one model to blends of many, by demo. */
export const LADDERS: Readonly<Record<string, readonly Rung[]>> = {
  food: [
    rung('single', 'one probe, of one fold', { ...LITE0, views: ['whole'] }, [0]),
    rung('views', '+ views: mirrored, five crops', { ...LITE0, views: VIEWS }, [0]),
    rung('folds', '+ folds: the mean of five', { ...LITE0, views: VIEWS }),
    rung('lite1', '(EfficientNet-Lite1 alone)', { ...LITE1, views: VIEWS }),
    { name: 'architectures', what: '+ architectures: the mean', blend: ['folds', 'lite1'], method: 'mean' },
    { name: 'selection', what: 'selection instead', blend: ['folds', 'lite1'], method: 'selection' },
    { name: 'stacking', what: 'stacking instead', blend: ['folds', 'lite1'], method: 'stacking' },
  ],
  digits: [
    rung('single', 'one net, of one fold', { ...NET, name: 'net', views: ['whole'] }, [0]),
    rung('views', '(+ views: two larger sizes)', { ...NET, name: 'net', views: ['whole', 'scales'] }, [0]),
    // A digit fills its image: from here on it is seen once, and whole.
    rung('folds', '+ folds: the mean of three', { ...NET, name: 'net', views: ['whole'] }),
    rung('seeds', '+ seeds: two', { ...NET, name: 'net', views: ['whole'], seeds: [1, 2] }),
    rung('net-16', '(a net of two stages, at 16 pixels, alone)', {
      ...NET,
      name: 'net-16',
      imageSize: 16,
      views: ['whole'],
    }),
    { name: 'architectures', what: '+ architectures: the mean', blend: ['seeds', 'net-16'], method: 'mean' },
    { name: 'selection', what: 'selection instead', blend: ['seeds', 'net-16'], method: 'selection' },
    { name: 'stacking', what: 'stacking instead', blend: ['seeds', 'net-16'], method: 'stacking' },
  ],
};

function rung(name: string, what: string, model: Recipe, only?: readonly number[]): Rung {
  return { name, what, run: { models: [model], only } };
}
