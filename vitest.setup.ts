import fc from 'fast-check';

// The same cases in every run: a red test means that the change broke it. Another seed looks for what no run has met.
fc.configureGlobal({ seed: Number(process.env.PODIUM_FUZZ_SEED ?? 1) });
