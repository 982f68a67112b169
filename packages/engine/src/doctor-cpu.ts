import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { hashBytes, readText, shortHash } from '@podium/core';

/** Features of the processor that matter to the engine. */
export interface CpuReport {
  readonly model: string;
  /** Instruction sets by their Linux names: `avx2`, `avx512_bf16`, `amx_bf16`, `asimd`, `bf16`. Empty if unknown. */
  readonly features: readonly string[];
  /** Whether it has bfloat16 instructions. */
  readonly bfloat16: boolean;
  /** Equal for processors with equal instruction sets: a key for caches of compiled code. */
  readonly fingerprint: string;
}

const X86 =
  'sse4_2 avx avx2 fma f16c avx_vnni avx512f avx512bw avx512dq avx512vl avx512_vnni avx512_bf16 avx512_fp16 amx_tile amx_int8 amx_bf16';
const ARM = 'asimd asimdhp asimddp sve sve2 i8mm bf16';
const RELEVANT: readonly string[] = `${X86} ${ARM}`.split(' ');

/** Reads the processor's features from /proc/cpuinfo, or on macOS from sysctl. */
export async function inspectCpu(): Promise<CpuReport> {
  const text =
    process.platform === 'darwin'
      ? await promisify(execFile)('sysctl', ['-a', 'machdep.cpu', 'hw.optional']).then(
          ({ stdout }) => stdout,
          () => '',
        )
      : await readText('/proc/cpuinfo').catch(() => '');
  const features = process.platform === 'darwin' ? macFeatures(text) : linuxFeatures(text);
  return {
    model: cpus()[0]?.model.trim() ?? 'unknown',
    features,
    bfloat16: features.some((feature) => ['avx512_bf16', 'amx_bf16', 'bf16'].includes(feature)),
    fingerprint: shortHash(hashBytes(/^(?:flags|Features)\s*:.*$/m.exec(text)?.[0] ?? text)),
  };
}

/** Whether oneDNN can compute in bfloat16 on this machine, unless ONEDNN_MAX_CPU_ISA disables newer instructions. */
export async function cpuComputesBfloat16(env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const limit = env.ONEDNN_MAX_CPU_ISA ?? env.DNNL_MAX_CPU_ISA ?? 'DEFAULT';
  return (await inspectCpu()).bfloat16 && /DEFAULT|ALL|BF16|AMX|FP16/i.test(limit);
}

/** Parses the line `flags` (x86) or `Features` (ARM). */
export function linuxFeatures(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  return relevantOf(line.split(/\s+/));
}

/** Parses `machdep.cpu.features: ... AVX2` (Intel) and `hw.optional.arm.FEAT_BF16: 1` (Apple). */
export function macFeatures(sysctl: string): string[] {
  const intel = [...sysctl.matchAll(/^machdep\.cpu\.\w*features: (.*)$/gm)].flatMap(([, words]) =>
    (words ?? '').toLowerCase().split(/\s+/),
  );
  const names: Record<string, string> = { 'avx1.0': 'avx', 'sse4.2': 'sse4_2' };
  const apple: Record<string, string> = {
    AdvSIMD: 'asimd',
    FEAT_FP16: 'asimdhp',
    FEAT_DotProd: 'asimddp',
    FEAT_BF16: 'bf16',
    FEAT_I8MM: 'i8mm',
  };
  const arm = [...sysctl.matchAll(/^hw\.optional(?:\.arm)?\.(\w+): 1$/gm)].map(
    ([, name]) => apple[name ?? ''] ?? '',
  );
  return relevantOf([...intel.map((name) => names[name] ?? name), ...arm]);
}

function relevantOf(features: readonly string[]): string[] {
  return RELEVANT.filter((feature) => features.includes(feature));
}
