// A worker thread of the loader. It makes samples until the ring is closed; the main thread only sends the orders of epochs
// and wakes it when slots become free.
import { parentPort, workerData } from 'node:worker_threads';
import { PodiumError } from '@podium/core';
import { useJpegDecoder } from '../decode/jpeg-decoder.ts';
import { shareBudget } from '../decode/pixel-budget.ts';
import { Producer } from './producer.ts';
import type { ToMain, ToWorker, WorkerData } from './worker-messages.ts';

const port = parentPort!;
const send = (message: ToMain) => port.postMessage(message);

const { settings, budget, jpegDecoder } = workerData as WorkerData;
shareBudget(budget);
useJpegDecoder(jpegDecoder);
const producer = new Producer(settings, send);
port.on('message', (message: ToWorker) => {
  if (message.kind === 'epoch') producer.addEpoch(message.epoch);
  else producer.wake();
});
try {
  await producer.run();
} catch (error) {
  const problem =
    error instanceof PodiumError
      ? error.problem
      : {
          code: 'loader-failed',
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        };
  send({ kind: 'failed', problem });
}
send({ kind: 'finished' });
// Nothing else keeps the thread alive, so it ends here, with nothing in flight.
port.close();
