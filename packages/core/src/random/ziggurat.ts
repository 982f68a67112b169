import { portableExp, portableLog } from './portable-math.ts';
import type { Xoshiro128 } from './xoshiro128.ts';

/*
 * Standard normals by the ziggurat of Marsaglia and Tsang (Journal of Statistical Software 2000) with 256 layers,
 * in Doornik's form ("An improved ziggurat method", 2005): layer, sign and position use separate bits.
 */
const LAYERS = 256;
/** Start of the tail, and the area of each layer: the only pair that closes the topmost layer at density 1. */
const TAIL = 3.6541528853610088;
const AREA = 0.004928673233974655;

/** Right edge of each layer; the lowest layer is as wide as a rectangle with its whole area, including the tail. */
const edge = new Float64Array(LAYERS + 1);
/** Unnormalized density exp(-x^2 / 2) at each edge. */
const density = new Float64Array(LAYERS + 1);

edge[0] = AREA / portableExp(-0.5 * TAIL * TAIL);
edge[1] = TAIL;
for (let i = 1; i < LAYERS; i++) {
  const right = edge[i]!;
  density[i] = portableExp(-0.5 * right * right);
  edge[i + 1] = i === LAYERS - 1 ? 0 : Math.sqrt(-2 * portableLog(AREA / right + density[i]!));
}
density[LAYERS] = 1;

/** One draw from the normal distribution with mean 0 and standard deviation 1, with 53 bits of resolution. */
export function standardNormal(bits: Xoshiro128): number {
  for (;;) {
    const first = bits.next();
    const layer = first & 0xff;
    const sign = 1 - ((first >>> 7) & 2);
    const position = ((first >>> 11) * 0x1_0000_0000 + bits.next()) * 2 ** -53;
    const right = edge[layer]!;
    const x = position * right;
    if (x < edge[layer + 1]!) return sign * x;
    if (layer === 0) return sign * tail(bits);
    const below = density[layer]!;
    const height = below + unit(bits) * (density[layer + 1]! - below);
    if (height < portableExp(-0.5 * x * x)) return sign * x;
  }
}

/** A normal random number beyond TAIL (Marsaglia 1964). */
function tail(bits: Xoshiro128): number {
  for (;;) {
    const beyond = -portableLog(1 - unit(bits)) / TAIL;
    if (-2 * portableLog(1 - unit(bits)) > beyond * beyond) return TAIL + beyond;
  }
}

/** Uniform in [0, 1) with 53 bits. */
export function unit(bits: Xoshiro128): number {
  return ((bits.next() >>> 5) * 0x400_0000 + (bits.next() >>> 6)) * 2 ** -53;
}
