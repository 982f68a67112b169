import { readdirSync, readFileSync } from 'node:fs';

/**
 * Seconds of processor time that a process and its descendants have used so far, where /proc tells (Linux, in hundredths);
 * undefined elsewhere. Unlike the clock, it hardly depends on what else the machine does.
 */
export function cpuSeconds(root: number): number | undefined {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const stat = statOf(name);
      if (stat === undefined) continue;
      parents.set(Number(name), stat.parent);
      ticks.set(Number(name), stat.ticks);
    }
  } catch {
    return undefined;
  }
  const belongs = (id: number): boolean => id === root || (id > 1 && belongs(parents.get(id) ?? 0));
  let sum = 0;
  for (const [id, own] of ticks) if (belongs(id)) sum += own;
  return sum / 100;
}

/** Field 4 of proc(5)'s stat is the parent, 14 to 17 are the times of the process and of its ended children. */
function statOf(id: string): { parent: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    return { parent, ticks: fields.slice(11, 15).reduce((a, b) => a + b, 0) };
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}
