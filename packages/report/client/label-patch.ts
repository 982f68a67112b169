import type { Payload } from '../src/page/payload.ts';
import { type PatchEntry, patchText } from '../src/patch-text.ts';

/** Saves ticked label issues as a patch file. */
export function labelPatch({ issues, patchName }: Payload): void {
  const form = document.getElementById('patch-form');
  const all = document.getElementById('patch-all') as HTMLInputElement | null;
  const count = document.getElementById('patch-count');
  const save = document.getElementById('patch-save') as HTMLButtonElement | null;
  if (!form || !count || !save) return;
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[data-issue]')];
  const ticked = () => boxes.filter((box) => box.checked);
  const update = () => {
    const number = ticked().length;
    count.textContent = number === 0 ? 'None ticked' : `${number} of ${boxes.length} ticked`;
    save.disabled = number === 0;
    if (!all) return;
    all.checked = number === boxes.length;
    all.indeterminate = number > 0 && number < boxes.length;
  };
  form.addEventListener('change', (event) => {
    if (all && event.target === all) for (const box of boxes) box.checked = all.checked;
    update();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const entries = ticked().flatMap((box) => {
      const index = Number(box.dataset.issue);
      const action = form.querySelector<HTMLSelectElement>(`select[data-action="${index}"]`)?.value;
      const issue = issues[index];
      return issue === undefined ? [] : [entryOf(issue, action)];
    });
    download(patchName, patchText(entries));
    count.textContent = `Saved ${entries.length} as ${patchName}`;
  });
  update();
}

function entryOf(
  { id, head, given, suggested, quality, manifestRow }: Payload['issues'][number],
  action: string | undefined,
): PatchEntry {
  const reason = `label quality ${quality.toFixed(3)}; chosen in the report`;
  if (action === 'drop' && manifestRow !== undefined) return { action: 'drop', id, old: manifestRow, reason };
  return { action: 'relabel', id, head, old: given, new: action === 'unlabel' ? null : suggested, reason };
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // If it is revoked at once, some browsers save an empty file.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
