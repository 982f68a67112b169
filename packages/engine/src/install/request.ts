import type { Addon } from './addons.ts';
import { type Host, wheelTarget } from './host.ts';

/** TensorFlow releases that Podium downloads: pip takes the newest of them that fits the machine. */
const OLDEST = '2.16';
const NEWEST = '2.21.0';

/** The oldest TensorFlow that is taken where it is installed already; the binding compiles against every one from here on. */
export const OLDEST_INSTALLED: readonly [number, number] = [2, 12];

/** What pip is asked for, such as `tensorflow-cpu>=2.16,<=2.21.0`; undefined where no wheel fits the machine. */
export function wheelRequest(host: Host, gpu: boolean): string | undefined {
  const target = wheelTarget(host, gpu);
  return 'project' in target ? `${target.project}>=${OLDEST},<=${NEWEST}` : undefined;
}

/** What tfjs-node-gpu's installer is asked for: it knows one version of TensorFlow, its own. */
export function upstreamRequest(binding: Addon | undefined): string {
  return `@tensorflow/tfjs-node-gpu@${binding?.version}`;
}
