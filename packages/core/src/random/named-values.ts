/**
 * Values in [-1, 1) that Podium and a reference implementation can both generate from a tensor's name: mulberry32 seeded
 * with the name's FNV-1a hash. For parity tests only; use `Rng` for everything else.
 */
export function namedValues(name: string, count: number): Float64Array {
  const next = mulberry32(fnv1a(name));
  return Float64Array.from({ length: count }, () => 2 * next() - 1);
}

/** Fills a model's tensor from its PyTorch name and shape, as the reference files do. */
export function fillByName(name: string, shape: readonly number[]): Float32Array {
  const values = namedValues(
    name,
    shape.reduce((size, extent) => size * extent, 1),
  );
  const { offset, scale } = ruleFor(name.slice(name.lastIndexOf('.') + 1), shape);
  return Float32Array.from(values, (value) => offset + scale * value);
}

function ruleFor(last: string, shape: readonly number[]): { offset: number; scale: number } {
  if (last === 'running_mean') return { offset: 0, scale: 0.1 };
  if (last === 'running_var') return { offset: 1, scale: 0.5 };
  if (['pos_embed', 'cls_token', 'relative_position_bias_table'].includes(last))
    return { offset: 0, scale: 0.1 };
  if (shape.length > 1) {
    const fanIn = shape.slice(1).reduce((product, extent) => product * extent, 1);
    return { offset: 0, scale: Math.sqrt(3 / fanIn) };
  }
  if (['gamma', 'ls1', 'ls2'].includes(last)) return { offset: 0.5, scale: 0.1 };
  if (last === 'weight') return { offset: 1, scale: 0.1 };
  return { offset: 0, scale: 0.1 };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
