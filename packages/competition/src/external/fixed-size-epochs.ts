import type { Sampler } from '@podium/dataset';

/**
 * Epochs of a fixed number of images, of which a share has pseudo labels: a student sees as many images as a model
 * without pseudo labels does. Images of a kind are gone through before any comes again within an epoch; which of them an
 * epoch leaves out is drawn anew each time.
 * @param share of images with pseudo labels; default: theirs among all rows, at most half
 */
export function rationed({ images, share }: { readonly images: number; readonly share?: number }): Sampler {
  return {
    name: 'rationed',
    settings: { images, share },
    order: ({ rows, rng }) => {
      const places = [...rows.keys()];
      const isPseudo = (row: number) => rows[row]?.provenance.kind === 'pseudo';
      const pseudo = places.filter(isPseudo);
      const others = places.filter((row) => !isPseudo(row));
      const wanted = share ?? Math.min(0.5, pseudo.length / places.length);
      const count = pseudo.length === 0 ? 0 : Math.min(images - 1, Math.round(wanted * images));
      const drawn = (from: readonly number[], many: number, name: string): number[] => {
        const order: number[] = [];
        for (let round = 0; order.length < many; round++)
          order.push(
            ...rng
              .split(name, round)
              .shuffle(from)
              .slice(0, many - order.length),
          );
        return order;
      };
      const order = [...drawn(others, images - count, 'others'), ...drawn(pseudo, count, 'pseudo')];
      return Uint32Array.from(rng.split('order').shuffle(order));
    },
  };
}
