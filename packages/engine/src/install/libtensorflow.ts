import type { Host } from './host.ts';

const HOST = 'https://storage.googleapis.com/';

/**
 * The address of the release of libtensorflow that tfjs-node is built for: 2.9, or 2.7 on ARM. TFJS_NODE_BASE_URI and
 * TFJS_NODE_CDN_STORAGE name mirrors, as for tfjs-node's own installer.
 * @returns undefined if there is none for the machine
 */
export function libtensorflowAddress(host: Host, gpu: boolean, env: NodeJS.ProcessEnv): string | undefined {
  const from = env.TFJS_NODE_CDN_STORAGE || HOST;
  const releases = env.TFJS_NODE_BASE_URI || `${from}tensorflow/libtensorflow/libtensorflow-`;
  switch (`${host.os}-${host.arch}`) {
    case 'linux-x64':
      return `${releases}${gpu ? 'gpu' : 'cpu'}-linux-x86_64-2.9.1.tar.gz`;
    case 'linux-arm64':
      return gpu ? undefined : `${from}tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz`;
    case 'darwin-x64':
      return gpu ? undefined : `${releases}cpu-darwin-x86_64-2.9.1.tar.gz`;
    case 'darwin-arm64':
      return gpu ? undefined : `${from}tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz`;
    default:
      return undefined;
  }
}
