import { z } from 'zod';
import { defineSampler, type SamplerFactory, samplerError } from './sampler.ts';

export interface FixedSizeEpochsOptions {
  /** Images per epoch. */
  readonly images: number;
  /** Share of images with pseudo labels. Default: their share of all rows, at most half. */
  readonly share?: number;
}

/**
 * Epochs of a fixed number of images, a share of them with pseudo labels, so that a student sees as many images as a model
 * without pseudo labels. Within an epoch, every image of a kind comes before any repeats; which ones are left out is drawn
 * again per epoch.
 * @throws PodiumError `sampler-setting`
 */
export const fixedSizeEpochs: SamplerFactory<[options: FixedSizeEpochsOptions]> = defineSampler({
  name: 'fixed-size-epochs',
  summary: 'a fixed number of images per epoch, a share of them with pseudo labels',
  settings: {
    images: z.int().min(1).describe('images per epoch'),
    share: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('share of images with pseudo labels; default: their share of all rows, at most half'),
  },
  order: ({ rows, rng }, { images, share }) => {
    const indices = [...rows.keys()];
    const isPseudo = (row: number) => rows[row]!.provenance.kind === 'pseudo';
    const pseudo = indices.filter(isPseudo);
    const others = indices.filter((row) => !isPseudo(row));
    const pseudoShare = share ?? Math.min(0.5, pseudo.length / indices.length);
    const count = pseudo.length === 0 ? 0 : Math.min(images - 1, Math.round(pseudoShare * images));
    const draw = (from: readonly number[], total: number, name: string): number[] => {
      if (from.length === 0 && total > 0) {
        throw samplerError('rows', 'rows without pseudo labels', 'none');
      }
      const drawn: number[] = [];
      for (let round = 0; drawn.length < total; round++) {
        const order = rng.split(name, round).shuffle(from);
        drawn.push(...order.slice(0, total - drawn.length));
      }
      return drawn;
    };
    const order = [...draw(others, images - count, 'others'), ...draw(pseudo, count, 'pseudo')];
    return Uint32Array.from(rng.split('order').shuffle(order));
  },
});
