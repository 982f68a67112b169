import { PodiumError } from '@podium/core';

/** Features of N images by a frozen network. */
export interface FeatureMatrix {
  /** One per image, all different. */
  readonly ids: readonly string[];
  /** `[N,width]`, row-major. */
  readonly values: Float32Array;
  readonly width: number;
}

/** @throws PodiumError `zoo-features` if lengths differ or a value is not finite */
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
    fix: 'check that images are normalized as the model expects them',
  });
}
