import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { hashBytes, shortHash } from '@podium/core';

/** What a processor can do that matters to an engine. */
export interface CpuReport {
  readonly model: string;
  /** Instruction sets, as Linux names them: `avx2`, `avx512_bf16`, `amx_bf16`, `asimd`, `bf16`. Empty where unknown. */
  readonly features: readonly string[];
  /** Whether it multiplies bfloat16 in hardware. */
  readonly bfloat16: boolean;
  /** The same for all processors that can do the same, whatever it is: for caches of code compiled for one. */
  readonly fingerprint: string;
}

const X86 =
  'sse4_2 avx avx2 fma f16c avx_vnni avx512f avx512bw avx512dq avx512vl avx512_vnni avx512_bf16 avx512_fp16 amx_tile amx_int8 amx_bf16';
const ARM = 'asimd asimdhp asimddp sve sve2 i8mm bf16';
const INTERESTING: readonly string[] = `${X86} ${ARM}`.split(' ');

/** Reads the processor's features from /proc/cpuinfo, on macOS from sysctl. */
export async function inspectCpu(): Promise<CpuReport> {
  const text =
    process.platform === 'darwin'
      ? await promisify(execFile)('sysctl', ['-a', 'machdep.cpu', 'hw.optional']).then(
          ({ stdout }) => stdout,
          () => '',
        )
      : await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const features = process.platform === 'darwin' ? macFeatures(text) : linuxFeatures(text);
  return {
    model: cpus()[0]?.model.trim() ?? 'unknown',
    features,
    bfloat16: features.some((feature) => ['avx512_bf16', 'amx_bf16', 'bf16'].includes(feature)),
    fingerprint: shortHash(hashBytes(/^(?:flags|Features)\s*:.*$/m.exec(text)?.[0] ?? text)),
  };
}

/**
 * Whether oneDNN can compute in bfloat16 here. It is told to do without newer instructions by ONEDNN_MAX_CPU_ISA, and then
 * it cannot.
 */
export async function cpuComputesBfloat16(env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const limit = env.ONEDNN_MAX_CPU_ISA ?? env.DNNL_MAX_CPU_ISA ?? 'DEFAULT';
  return (await inspectCpu()).bfloat16 && /DEFAULT|ALL|BF16|AMX|FP16/i.test(limit);
}

/** The line `flags` of an x86 processor, `Features` of an ARM one. */
export function linuxFeatures(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  return choose(line.split(/\s+/));
}

/** `machdep.cpu.features: ... AVX2` of an Intel Mac, `hw.optional.arm.FEAT_BF16: 1` of an Apple one. */
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
  return choose([...intel.map((name) => names[name] ?? name), ...arm]);
}

function choose(features: readonly string[]): string[] {
  return INTERESTING.filter((feature) => features.includes(feature));
}
