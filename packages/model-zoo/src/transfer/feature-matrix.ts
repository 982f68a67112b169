import { PodiumError } from '@podium/core';

/** What a frozen network says about N images. */
export interface FeatureMatrix {
  /** One an image, all different. */
  readonly ids: readonly string[];
  /** `[N,width]` row by row. */
  readonly values: Float32Array;
  readonly width: number;
}

/** @throws PodiumError `zoo-features` where lengths do not agree or a value is not finite */
export function checkFeatures({ ids, values, width }: FeatureMatrix, what: string): void {
  if (values.length !== ids.length * width) {
    throw new PodiumError({
      code: 'zoo-features',
      path: { key: what },
      expected: `${ids.length} rows of ${width} values`,
      got: `${values.length} values`,
    });
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  throw new PodiumError({
    code: 'zoo-features',
    path: { key: what },
    message: `feature ${bad % width} of "${ids[Math.floor(bad / width)]}"`,
    expected: 'a finite number',
    got: String(values[bad]),
    fix: 'see whether the images are normalized as the model wants them',
  });
}
