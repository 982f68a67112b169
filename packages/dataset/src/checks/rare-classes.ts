import { classesOf } from '../manifest/row-labels.ts';
import type { Check, Finding } from './check.ts';
import { conflicts } from './conflicting-labels.ts';
import { count, drops, rowsOf } from './findings.ts';

const MAX_SHOWN = 8;

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
      if (head.task === 'regression') return [];
      const images = new Map<string, Set<string>>(head.classes.map((name) => [name, new Set()]));
      for (const entry of usable) {
        for (const name of classesOf(entry.row, head.name))
          images.get(name)?.add(entry.scan.pixels ?? entry.row.id);
      }
      const rare = [...images].filter(([, pixels]) => pixels.size < context.limits.rareClass);
      if (rare.length === 0) return [];
      const names = new Set(rare.map(([name]) => name));
      const rows = context.entries.filter(
        (entry) => entry.split === 'train' && classesOf(entry.row, head.name).some((name) => names.has(name)),
      );
      const rarest = rare.toSorted(([, a], [, b]) => a.size - b.size).slice(0, MAX_SHOWN);
      const list = rarest.map(([name, pixels]) => `${name} ${pixels.size}`).join(', ');
      const isAll = rare.length === images.size;
      return [
        {
          check: 'rare-classes',
          severity: 'warning',
          message: `${isAll ? 'all ' : ''}${count(rare.length, 'class')} of "${head.name}" with fewer than ${context.limits.rareClass} different images: ${list}${rare.length > MAX_SHOWN ? ', ...' : ''}`,
          ...rowsOf(rows),
          fix: isAll
            ? 'check that the labels are classes; scores of classes with few images are uncertain'
            : 'find more images, or merge classes; set data.rareClasses: drop if the competition does not ask for them',
          // A row with several labels is useful beyond the rare one.
          ...(head.task === 'single-label' &&
            !isAll && {
              suggestedPatch: drops(rows, 'rare-classes: too few images'),
            }),
        },
      ];
    });
  },
};
