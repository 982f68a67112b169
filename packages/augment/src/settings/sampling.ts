import type { Border, Sampling } from '../kernels/warp.ts';
import { choice, color, type Field } from './fields.ts';

/** Settings that every warp has. */
export const samplingFields: {
  readonly interpolation: Field<Sampling['interpolation']>;
  readonly border: Field<Border>;
  readonly fill: Field<readonly number[]>;
} = {
  interpolation: choice(['nearest', 'bilinear'], 'bilinear'),
  border: choice(['constant', 'reflect', 'edge'], 'constant'),
  fill: color(0),
};

export function samplingOf({ interpolation, border, fill }: Sampling): Sampling {
  return { interpolation, border, fill };
}
