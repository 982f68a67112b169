import type { Label } from './report-data.ts';

/**
 * One change of one row, in the format of dataset's patches (`podium-patch/1`). It contains the old value, so that it
 * can be undone. The type is repeated here because the page's script writes patches in the browser.
 */
export type PatchEntry =
  | {
      readonly action: 'drop';
      readonly id: string;
      readonly old: { readonly path: string; readonly labels: Readonly<Record<string, Label>> };
      readonly reason: string;
    }
  | {
      readonly action: 'relabel';
      readonly id: string;
      readonly head: string;
      readonly old: Label | null;
      readonly new: Label | null;
      readonly reason: string;
    };

/** The text of a patch file: one change per line, easy to read, edit and compare. */
export function patchText(entries: readonly PatchEntry[]): string {
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`);
  const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`;
  return `{\n  "format": "podium-patch/1",\n  "entries": ${list}\n}\n`;
}
