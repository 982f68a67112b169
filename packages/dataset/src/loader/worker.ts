// A worker thread of loaders, one after another. It makes samples until the ring of a loader is closed, or the last epoch is
// complete; the main thread only sends the orders of epochs and wakes it when slots become free.
import { parentPort } from 'node:worker_threads';
import { PodiumError } from '@podium/core';
import { useJpegDecoder } from '../decode/jpeg-decoder.ts';
import { shareBudget } from '../decode/pixel-budget.ts';
import { Producer } from './producer.ts';
import type { ToMain, ToWorker, WorkerTask } from './worker-messages.ts';

const port = parentPort!;
const send = (message: ToMain) => port.postMessage(message);
let producer: Producer | undefined;

port.on('message', (message: ToWorker) => {
  if (message.kind === 'start') void work(message.task);
  else if (message.kind === 'epoch') producer?.addEpoch(message.epoch);
  else if (message.kind === 'wake') producer?.wake();
  // Nothing else keeps the thread alive, so it ends here, with nothing in flight.
  else port.close();
});

async function work({ settings, budget, jpegDecoder }: WorkerTask): Promise<void> {
  try {
    shareBudget(budget);
    useJpegDecoder(jpegDecoder);
    producer = new Producer(settings, send);
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
  producer = undefined;
  send({ kind: 'finished' });
}
