import type { Check, Entry, Finding } from './check.ts';
import { conflicts } from './conflicting-labels.ts';
import { count, drops } from './findings.ts';

/**
 * Counts the different images of each class: copies count once, and images with conflicting labels do not count.
 */
export const rareClasses: Check = {
  name: 'rare-classes',
  summary: 'classes with few different images',
  run: (context) => {
    const contested = new Set(conflicts(context).flat());
    const usable = context.entries.filter(
      (entry) => entry.split === 'train' && entry.scan.fault === undefined && !contested.has(entry),
    );
    return context.heads.flatMap((head): Finding[] => {
      const images = new Map<string, Set<string>>(head.classes.map((name) => [name, new Set()]));
      for (const entry of usable) {
        for (const name of classesOf(entry, head.name))
          images.get(name)?.add(entry.scan.pixels ?? entry.row.id);
      }
      const rare = [...images].filter(([, pixels]) => pixels.size < context.limits.rareClass);
      if (rare.length === 0) return [];
      const names = new Set(rare.map(([name]) => name));
      const rows = context.entries.filter(
        (entry) => entry.split === 'train' && classesOf(entry, head.name).some((name) => names.has(name)),
      );
      const list = rare.map(([name, pixels]) => `${name} ${pixels.size}`).join(', ');
      return [
        {
          check: 'rare-classes',
          severity: 'warning',
          message: `${count(rare.length, 'class')} of "${head.name}" with fewer than ${context.limits.rareClass} different images: ${list}`,
          rows: rows.map(({ row }) => row.id),
          fix: 'find more images, merge classes, or drop the rows if the competition does not need these classes',
          // A row with several labels is useful beyond the rare one.
          ...(head.task === 'single-label' && {
            suggestedPatch: drops(rows, 'rare-classes: too few images'),
          }),
        },
      ];
    });
  },
};

function classesOf({ row }: Entry, head: string): readonly string[] {
  const label = row.labels[head];
  return label === undefined ? [] : typeof label === 'string' ? [label] : label;
}
