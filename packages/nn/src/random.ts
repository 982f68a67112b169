import { Rng } from '@podium/core';

/** Like PyTorch's default generator: layers draw from it unless they are given a stream. */
interface Generator {
  readonly root: Rng;
  draws: number;
}

let generator: Generator = { root: Rng.fromSeed(0), draws: 0 };
let current: Rng | undefined;

/**
 * Seeds the default random stream (`torch.manual_seed`), which initial weights of new modules and dropout outside of
 * {@link withRng} are drawn from. The default seed is 0.
 */
export function manualSeed(seed: string | number): void {
  generator = { root: Rng.fromSeed(seed), draws: 0 };
}

/** The next independent stream of the default generator. */
export function nextRng(): Rng {
  return generator.root.split(generator.draws++);
}

/**
 * Runs `f` with dropout and stochastic depth drawing from `rng`, in the order in which layers run. A training step whose
 * stream is derived from (seed, step) needs no random state in a checkpoint.
 */
export function withRng<T>(rng: Rng, f: () => T): T {
  const before = current;
  current = rng;
  try {
    return f();
  } finally {
    current = before;
  }
}

/** The stream that layers currently draw from. */
export function currentRng(): Rng {
  return current ?? nextRng();
}

/** Runs `f` without advancing the random streams: for modules that are built only to be inspected. */
export function isolateRandom<T>(f: () => T): T {
  return captureRandom()(f);
}

/** Captures the state of the random streams. The returned function runs another as if the state were still the same. */
export function captureRandom(): <T>(f: () => T) => T {
  const [state, { root, draws }] = [current?.state(), generator];
  return (f) => {
    const before = generator;
    generator = { root, draws };
    try {
      return state === undefined ? f() : withRng(Rng.fromState(state), f);
    } finally {
      generator = before;
    }
  };
}
