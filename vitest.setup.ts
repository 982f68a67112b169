import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';

// The same cases in every run: a red test means that the change broke it. Another seed looks for what no run has met.
fc.configureGlobal({ seed: Number(process.env.PODIUM_FUZZ_SEED ?? 1) });

// What tests trust is not remembered for whoever runs them, nor the other way around.
process.env.PODIUM_CONFIG = join(tmpdir(), `podium-test-config-${process.pid}`);
process.on('exit', () => rmSync(process.env.PODIUM_CONFIG!, { recursive: true, force: true }));
