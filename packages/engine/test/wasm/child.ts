import { Socket } from 'node:net';
import * as tf from '@tensorflow/tfjs-core';
import { startWasm } from '../../src/wasm/start.ts';

/** Starts WebAssembly in another process without network access, and reports what it changed there. */
const [folder, threads] = process.argv.slice(2);
const refuse = (): never => {
  throw new Error('the network was used');
};
Object.assign(globalThis, { fetch: refuse });
Socket.prototype.connect = refuse;

const engine = await startWasm(folder!, Number(threads));
await tf.setBackend('wasm');
const image = tf.ones<tf.Rank.R4>([2, 9, 9, 4]);
const gradient = tf.grad((filter) => tf.sum(tf.conv2d(image, filter as tf.Tensor4D, 1, 'same')))(
  tf.ones([3, 3, 4, 8]),
);
const report = {
  engine,
  sum: tf.sum(gradient).dataSync()[0],
  listeners: process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection'),
  worker: typeof (globalThis as { Worker?: unknown }).Worker,
};
process.stdout.write(JSON.stringify(report));
// Now the process must exit by itself.
