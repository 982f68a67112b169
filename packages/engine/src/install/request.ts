import type { Addon } from './addons.ts';
import { type Host, wheelTarget } from './host.ts';

/** Range of TensorFlow releases that Podium downloads: pip takes the newest that is compatible with the machine. */
const OLDEST = '2.16';
const NEWEST = '2.21.0';

/** The oldest installed TensorFlow that Podium uses; the binding compiles against all newer ones. */
export const OLDEST_INSTALLED: readonly [number, number] = [2, 12];

/** The requirement for pip: `tensorflow-cpu>=2.16,<=2.21.0`; undefined if there is no wheel for the machine. */
export function wheelRequest(host: Host, gpu: boolean): string | undefined {
  const target = wheelTarget(host, gpu);
  return 'project' in target ? `${target.project}>=${OLDEST},<=${NEWEST}` : undefined;
}

/** The release of libtensorflow that a version of the binding is made for. */
export function upstreamRequest(binding: Addon | undefined): string {
  return `@tensorflow/tfjs-node-gpu@${binding?.version}`;
}
