import { join } from 'node:path';

/** The command that runs a TypeScript file of the workspace in a process of its own. */
export function sourceCommand(folder: string, file: string, ...args: readonly string[]): string[] {
  return [process.execPath, '--conditions=@podium/source', '--import', 'tsx', join(folder, file), ...args];
}
