/**
 * Packages that must not be installed with Podium, and the first versions that are maintained: the others are old, some with
 * known faults. They came with the installer of tfjs-node-gpu and with TensorFlow.js.
 */
export const OUTDATED: ReadonlyMap<string, number> = new Map([
  ['@mapbox/node-pre-gyp', 2],
  ['glob', 9],
  ['https-proxy-agent', 7],
  ['inflight', Number.POSITIVE_INFINITY],
  ['node-fetch', 3],
  ['npmlog', Number.POSITIVE_INFINITY],
  ['rimraf', 4],
  ['tar', 7],
]);
