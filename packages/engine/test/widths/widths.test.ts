import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { inspectCpu } from '../../src/doctor-cpu.ts';
import { describeNative, testNative } from '../native.ts';

const { features } = await inspectCpu();
/** Processors that this one can stand in for, by what it takes. */
const olderCpus = (older: Readonly<Record<string, string>>): string[] =>
  Object.entries(older)
    .filter(([, feature]) => features.includes(feature))
    .map(([cpu]) => cpu);

interface Outcome {
  readonly ops: readonly string[];
  readonly hashes: Readonly<Record<string, string>>;
  readonly norms: Readonly<Record<string, number>>;
}

async function runOps(cpu: string): Promise<Outcome> {
  const node = ['--conditions=@podium/source', '--import', 'tsx', join(import.meta.dirname, 'ops.ts')];
  const env = { ...process.env, PODIUM_CPU: cpu };
  const { stdout } = await promisify(execFile)(process.execPath, node, { env });
  return JSON.parse(stdout) as Outcome;
}

describeNative("Podium's ops, compiled for other processors", () => {
  let native: Outcome;
  beforeAll(async () => {
    native = await runOps('native');
  }, 300_000);

  testNative('all are run', () => {
    expect(native.ops).toMatchInlineSnapshot(`
      [
        "PodiumActivation",
        "PodiumActivationGrad",
        "PodiumAdam",
        "PodiumAttentionWeights",
        "PodiumAttentionWeightsGrad",
        "PodiumBatchNorm",
        "PodiumBatchNormGrad",
        "PodiumBias",
        "PodiumBiasGrad",
        "PodiumDepthwiseFilterGrad",
        "PodiumDepthwiseInputGrad",
        "PodiumDropout",
        "PodiumGlobalNorm",
        "PodiumJoinHeads",
        "PodiumLamb",
        "PodiumLayerNorm",
        "PodiumLayerNormGrad",
        "PodiumLerp",
        "PodiumLion",
        "PodiumRmsProp",
        "PodiumScale",
        "PodiumScaleGrad",
        "PodiumSgd",
        "PodiumSpatialMean",
        "PodiumSpatialMeanGrad",
        "PodiumSplitHeads",
      ]
    `);
  });

  test.each(olderCpus({ 'x86-64-v3': 'avx2', 'x86-64-v4': 'avx512f' }))(
    '%s gives the same bits as this one',
    { timeout: 300_000 },
    async (cpu) => {
      const other = await runOps(cpu);
      expect(other.ops).toEqual(native.ops);
      expect(differing(other)).toEqual([]);
    },
  );

  // Without instructions that multiply and add at once, some ops round once more.
  test.each(olderCpus({ 'x86-64-v2': 'sse4_2' }))(
    '%s gives the same values, and mostly the same bits',
    { timeout: 300_000 },
    async (cpu) => {
      const other = await runOps(cpu);
      expect(other.ops).toEqual(native.ops);
      expect(
        differing(other).filter((name) => !/batch norm|silu|gelu|attention|depthwise/i.test(name)),
      ).toEqual([]);
      for (const [name, norm] of Object.entries(native.norms)) {
        expect(Math.abs(other.norms[name]! - norm), name).toBeLessThan(1e-5 * norm);
      }
    },
  );

  function differing(other: Outcome): string[] {
    return Object.keys(native.hashes).filter((name) => other.hashes[name] !== native.hashes[name]);
  }
});
