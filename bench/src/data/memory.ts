import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { sourceCommand } from '../source-command.ts';

/** Resident memory in MB while a loader reads 200,000 rows, in a separate process. */
export async function measureMemory(
  folder: string,
  workers: number,
  print: (line: string) => void,
): Promise<Record<string, number>> {
  const command = sourceCommand(import.meta.dirname, 'memory-worker.ts', folder, String(workers));
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const samples: { rows: number; megabytes: number }[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    samples.push(JSON.parse(line) as { rows: number; megabytes: number });
  }
  const early = Math.max(...samples.filter(({ rows }) => rows <= 40_000).map(({ megabytes }) => megabytes));
  const late = Math.max(...samples.filter(({ rows }) => rows >= 160_000).map(({ megabytes }) => megabytes));
  print(`resident memory: at most ${early} MB up to row 40,000, ${late} MB from row 160,000 on`);
  return { 'memory.first_40000_rows.mb': early, 'memory.last_40000_rows.mb': late };
}
