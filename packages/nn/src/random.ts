import { Rng } from '@podium/core';

/** Like PyTorch's default generator: what layers draw from when nobody hands them a stream. */
interface Generator {
  readonly root: Rng;
  draws: number;
}

let generator: Generator = { root: Rng.fromSeed(0), draws: 0 };
let current: Rng | undefined;

/**
 * Starts the default random stream anew (`torch.manual_seed`): initial weights of modules made from now on, and dropout
 * outside of {@link withRng}, are the same for the same seed. Without a call the seed is 0.
 */
export function manualSeed(seed: string | number): void {
  generator = { root: Rng.fromSeed(seed), draws: 0 };
}

/** The next independent stream of the default generator. */
export function nextRng(): Rng {
  return generator.root.split(generator.draws++);
}

/**
 * Runs `f` with dropout and stochastic depth drawing from `rng`, in the order in which layers run. A training step that
 * passes a stream made of (seed, step) needs no random state in a checkpoint.
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

/** The stream that layers draw from now. */
export function currentRng(): Rng {
  return current ?? nextRng();
}

/** Runs `f`, and leaves the random streams as if it had not run: for modules that are only looked at. */
export function isolateRandom<T>(f: () => T): T {
  return rememberRandom()(f);
}

/** Remembers where the random streams are, so that a function run later draws what it would have drawn now. */
export function rememberRandom(): <T>(f: () => T) => T {
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
