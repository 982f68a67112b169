import { release } from 'node:os';

/** The machine that TensorFlow has to match. */
export interface Host {
  readonly os: NodeJS.Platform;
  readonly arch: NodeJS.Architecture;
  /** Version of glibc, such as [2, 36]; undefined on macOS and with another C library (musl). */
  readonly glibc?: readonly [number, number];
  /** Major version of Darwin on macOS. */
  readonly darwin?: number;
}

/**
 * Python version of the wheels. Any works, because only C++ libraries are used; TensorFlow 2.16 to 2.21 all support it.
 */
export const WHEEL_PYTHON = '3.12';

/** The machine of this process. */
export function thisHost(): Host {
  const host: Host = { os: process.platform, arch: process.arch };
  if (process.platform === 'darwin') return { ...host, darwin: Number.parseInt(release(), 10) };
  if (process.platform !== 'linux') return host;
  // Otherwise the report resolves the names of all network peers, which can take seconds.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const [major, minor] = (header?.glibcVersionRuntime ?? '').split('.').map(Number);
  return major === undefined || minor === undefined ? host : { ...host, glibc: [major, minor] };
}

/** Platform of a machine, as in names of cache entries: `linux-x64`, `linux-arm64-musl`, `darwin-arm64`. */
export function hostLabel(host: Host): string {
  const musl = host.os === 'linux' && host.glibc === undefined ? '-musl' : '';
  return `${host.os}-${host.arch}${musl}`;
}

/** The wheel for a machine: the package's name and pip's platform tags, best first; or why there is none. */
export type WheelTarget =
  | { readonly project: string; readonly platforms: readonly string[] }
  | { readonly unsupported: string };

/**
 * The wheel for a machine. On Linux x64 the CPU build is `tensorflow-cpu`, because `tensorflow` is the CUDA build;
 * elsewhere there is only `tensorflow`.
 */
export function wheelTarget(host: Host, gpu: boolean): WheelTarget {
  const label = hostLabel(host);
  if (gpu && label !== 'linux-x64') {
    return { unsupported: `TensorFlow publishes no CUDA build for ${label}, only for linux-x64` };
  }
  if (host.os === 'linux' && (host.arch === 'x64' || host.arch === 'arm64')) {
    if (host.glibc === undefined) {
      return {
        unsupported: 'TensorFlow publishes no wheels for musl (Alpine); use a Debian or Ubuntu image',
      };
    }
    const [major, minor] = host.glibc;
    if (major !== 2 || minor < 17) {
      return { unsupported: `TensorFlow's wheels need glibc 2.17 or newer, this is glibc ${major}.${minor}` };
    }
    const project = host.arch === 'x64' && !gpu ? 'tensorflow-cpu' : 'tensorflow';
    return { project, platforms: manylinux(minor, host.arch === 'x64' ? 'x86_64' : 'aarch64') };
  }
  if (host.os === 'darwin' && (host.arch === 'arm64' || host.arch === 'x64')) {
    // pip itself tries the tags of older releases.
    const macos = macosMajor(host.darwin ?? 0);
    return {
      project: 'tensorflow',
      platforms: [`macosx_${macos}_0_${host.arch === 'arm64' ? 'arm64' : 'x86_64'}`],
    };
  }
  return { unsupported: `TensorFlow publishes no wheels that Podium can use on ${label}` };
}

/** pip takes a manylinux tag literally, so all compatible versions of glibc have to be listed. */
function manylinux(newestMinor: number, arch: string): string[] {
  const tags: string[] = [];
  for (let minor = newestMinor; minor >= 17; minor--) tags.push(`manylinux_2_${minor}_${arch}`);
  return [...tags, `manylinux2014_${arch}`];
}

/** Darwin 20 to 24 are macOS 11 to 15; from Darwin 25 on, macOS is numbered by year: 26. */
function macosMajor(darwin: number): number {
  return darwin >= 25 ? darwin + 1 : Math.max(darwin - 9, 11);
}
