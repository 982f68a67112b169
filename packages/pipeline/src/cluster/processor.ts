import { readFileSync } from 'node:fs';
import { arch, platform } from 'node:os';

/** Instructions that oneDNN chooses its code by: with other ones, it computes other bits. */
const FLAGS: readonly string[] = [
  'avx2',
  'fma',
  'avx_vnni',
  'avx512f',
  'avx512bw',
  'avx512_vnni',
  'avx512_bf16',
  'avx512_fp16',
  'amx_bf16',
  'amx_int8',
  'asimdhp',
  'asimddp',
  'sve',
  'bf16',
  'i8mm',
];

/**
 * What two machines have in common that compute the same bits with the same number of threads: `linux x64 avx2 fma`.
 * @param cpuinfo text of `/proc/cpuinfo`; default: that of this machine
 */
export function processorClass(cpuinfo: string = readCpuinfo()): string {
  const [, flags = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo) ?? [];
  const has = new Set(flags.trim().split(/\s+/));
  return [platform(), arch(), ...FLAGS.filter((flag) => has.has(flag))].join(' ');
}

/** Elsewhere than on Linux, the architecture has to do. */
function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
