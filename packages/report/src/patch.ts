import type { Label } from './report-data.ts';

/**
 * One change to one row, in the format of dataset's patches (`podium-patch/1`): reversible, since it says what was there.
 * It is written down here again because a page writes it, far from any package.
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

/** A patch file's text: a change a line, so that people can read, shorten and compare it. */
export function patchText(entries: readonly PatchEntry[]): string {
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`);
  const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`;
  return `{\n  "format": "podium-patch/1",\n  "entries": ${list}\n}\n`;
}
