import { readdirSync, readFileSync } from 'node:fs';

/**
 * Seconds of processor time that a process and its descendants have used, from /proc (Linux, in hundredths); undefined on
 * other systems. Unlike elapsed time, it hardly depends on other load.
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
  for (const [id, used] of ticks) if (belongs(id)) sum += used;
  return sum / 100;
}

/** In proc(5)'s stat, field 4 is the parent, and 14 to 17 are the times of the process and its exited children. */
function statOf(id: string): { parent: number; ticks: number; own: number } | undefined {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const sum = (end: number) => fields.slice(11, end).reduce((a, b) => a + b, 0);
    return { parent, ticks: sum(15), own: sum(13) };
  } catch {
    // The process has exited.
    return undefined;
  }
}

/** Seconds of processor time that a process itself has used, or undefined where {@link cpuSeconds} is. */
export function ownCpuSeconds(pid: number): number | undefined {
  const stat = statOf(String(pid));
  return stat && stat.own / 100;
}
