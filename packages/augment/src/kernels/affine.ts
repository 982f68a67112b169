import { cosineOfDegrees, sineOfDegrees } from '../portable-math.ts';

/** `x' = a x + b y + c`, `y' = d x + e y + f`, in pixels, with the corner of the first pixel at (0, 0). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The composition: applies `inner`, then `outer`. */
export function composeAffine(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

function invertAffine([a, b, c, d, e, f]: Affine): Affine {
  const determinant = a * e - b * d;
  const [g, h, i, j] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [g, h, -(g * c + h * f), i, j, -(i * c + j * f)];
}

export interface AffineParts {
  /** Degrees, counterclockwise. */
  readonly degrees?: number;
  /** Shift to the right and down, in pixels. */
  readonly translate?: readonly [x: number, y: number];
  readonly scale?: number;
  /** Degrees along x and y. */
  readonly shear?: readonly [x: number, y: number];
}

/**
 * The map from the result to the source for a rotation, scaling and shear about the image's center, then a shift: the
 * order of torchvision's `affine`, which counts angles clockwise.
 */
export function affineAbout(width: number, height: number, parts: AffineParts): Affine {
  const { degrees = 0, translate = [0, 0], scale = 1, shear = [0, 0] } = parts;
  const [cx, cy] = [width / 2, height / 2];
  const tangent = (angle: number) => sineOfDegrees(angle) / cosineOfDegrees(angle);
  // Forward: T(center + shift) R(angle) Shear S(scale) T(-center), with y pointing down.
  const sine = sineOfDegrees(-degrees);
  const cosine = cosineOfDegrees(-degrees);
  const sheared: Affine = composeAffine(
    [1, 0, 0, -tangent(shear[1]), 1, 0],
    [1, -tangent(shear[0]), 0, 0, 1, 0],
  );
  const turned = composeAffine([cosine, -sine, 0, sine, cosine, 0], sheared);
  const scaled = composeAffine(turned, [scale, 0, 0, 0, scale, 0]);
  const moved = composeAffine([1, 0, cx + translate[0], 0, 1, cy + translate[1]], scaled);
  return invertAffine(composeAffine(moved, [1, 0, -cx, 0, 1, -cy]));
}
