import { join } from 'node:path';
import { sourceCommand } from '../source-command.ts';

/** The command for one of our contestants: `stock`, `float32` or `bfloat16`. */
export function ourCommand(name: string, model: string, batch: number): string[] {
  return sourceCommand(import.meta.dirname, 'worker.ts', name, model, String(batch));
}

/** The command for a PyTorch contestant: `torch_default`, `torch_channels_last` or `torch_bfloat16`. */
export function peerCommand(
  python: string,
  name: string,
  model: string,
  batch: number,
  threads: number,
): string[] {
  return [python, join(import.meta.dirname, 'peer.py'), name, model, String(batch), String(threads)];
}
