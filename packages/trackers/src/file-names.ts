import { stat } from 'node:fs/promises';

/** Names of trainings have brackets and commas, which TensorBoard's filters take for patterns. */
export function plainName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._=-]+/gu, '_').replace(/_$/, '');
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
