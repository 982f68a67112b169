import type { Payload } from '../src/page/payload.ts';
import { element, imageOf } from './fill-images.ts';
import type { Images } from './page-data.ts';

const STEP = 48;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Makes the cells of every head's matrix open their images. */
export function confusionMatrices(payload: Payload, images: Images): void {
  for (const [i, head] of payload.heads.entries()) {
    const matrix = document.querySelector<HTMLElement>(`.matrix[data-head="${i}"]`);
    const behind = document.querySelector<HTMLElement>(`.behind[data-head="${i}"]`);
    if (matrix && behind) openCells(matrix, behind, head, images);
  }
}

type Head = Payload['heads'][number];

/** One cell is in the tab order; arrow keys move from there. */
function openCells(matrix: HTMLElement, behind: HTMLElement, head: Head, images: Images): void {
  const buttons = [...matrix.querySelectorAll<HTMLButtonElement>('button')];
  // Start at the first mistake.
  let current = buttons.find((button) => button.classList.contains('miss')) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === current ? 0 : -1;
  const choose = (button: HTMLButtonElement) => {
    if (current) current.tabIndex = -1;
    current = button;
    button.tabIndex = 0;
  };
  matrix.addEventListener('keydown', (event) => {
    const button = (event.target as Element).closest('button');
    const arrow = ARROWS[event.key];
    if (event.key === 'Escape') close(behind, buttons);
    if (!button || !arrow) return;
    event.preventDefault();
    const next = neighbor(button, arrow);
    if (!next) return;
    choose(next);
    next.focus();
  });
  matrix.addEventListener('click', (event) => {
    const button = (event.target as Element).closest('button');
    if (!button) return;
    choose(button);
    const open = button.getAttribute('aria-pressed') === 'true';
    close(behind, buttons);
    if (open) return;
    button.setAttribute('aria-pressed', 'true');
    list(button, head, images, behind, () => {
      close(behind, buttons);
      button.focus();
    });
  });
}

function close(behind: HTMLElement, buttons: readonly HTMLButtonElement[]): void {
  behind.replaceChildren();
  for (const button of buttons) button.removeAttribute('aria-pressed');
}

/** The next non-empty cell in a direction. */
function neighbor(
  from: HTMLButtonElement,
  [down, right]: readonly [number, number],
): HTMLButtonElement | null {
  const cell = from.closest('td');
  const row = cell?.parentElement as HTMLTableRowElement | null;
  const body = row?.parentElement as HTMLTableSectionElement | null;
  if (!cell || !row || !body) return null;
  let [r, c] = [row.sectionRowIndex + down, cell.cellIndex + right];
  for (; r >= 0 && c > 0; r += down, c += right) {
    const next = body.rows[r]?.cells[c];
    if (!next) return null;
    const button = next.querySelector('button');
    if (button) return button;
  }
  return null;
}

/** Lists the images of a cell; large reports do not have all of them. */
function list(
  { dataset, textContent: total }: HTMLButtonElement,
  { classes, rows }: Head,
  images: Images,
  behind: HTMLElement,
  onClose: () => void,
): void {
  const [truth, predicted] = [Number(dataset.t), Number(dataset.p)];
  const found = rows.id.flatMap((_, i) =>
    rows.truth[i] === truth && rows.predicted[i] === predicted ? [i] : [],
  );
  const name = (index: number) => element('bdi', {}, classes[index] ?? String(index));
  const heading = element('h3', {});
  if (truth === predicted) heading.append(name(truth), ', correct');
  else heading.append(name(truth), ' predicted as ', name(predicted));
  const isWhole = found.length === Number(total.replaceAll(',', ''));
  const number =
    found.length === 0
      ? 'not listed in this file'
      : isWhole
        ? `${total} image${found.length === 1 ? '' : 's'}`
        : `${found.length} of ${total} images are listed in this file`;
  heading.append(element('span', { className: 'muted' }, ` ${number}`));
  const shut = element('button', { type: 'button', className: 'quiet' }, 'Close');
  shut.addEventListener('click', onClose);
  const cards = element('ul', { className: 'cards' });
  const more = element('button', { type: 'button' }, `Show ${STEP} more`);
  let shown = 0;
  const add = () => {
    for (const i of found.slice(shown, shown + STEP)) cards.append(card(i));
    shown = Math.min(found.length, shown + STEP);
    more.hidden = shown >= found.length;
  };
  const card = (i: number) => {
    const id = rows.id[i] ?? '';
    const confidence = rows.confidence[i];
    const fold = rows.fold[i];
    const detail = element('span', { className: 'id' }, element('bdi', {}, id));
    if (typeof fold === 'string') detail.append(' · fold ', element('bdi', {}, fold));
    const verdict = element('span', { className: 'verdict' });
    if (truth !== predicted) {
      verdict.append(name(truth), ' ', element('span', { className: 'arrow', ariaHidden: 'true' }), ' ');
    }
    verdict.append(element('b', { className: truth === predicted ? 'right' : 'wrong' }, name(predicted)));
    if (typeof confidence === 'number')
      verdict.append(
        element(
          'span',
          { className: 'muted' },
          ` ${confidence >= 995 && confidence < 1000 ? '>99' : (confidence / 10).toFixed(0)}\u00a0%`,
        ),
      );
    return element(
      'li',
      {},
      element(
        'figure',
        { className: 'card' },
        imageOf(rows.image[i], id, images),
        element('figcaption', {}, verdict, detail),
      ),
    );
  };
  more.addEventListener('click', add);
  add();
  behind.replaceChildren(element('div', { className: 'behind-head' }, heading, shut), cards, more);
  behind.scrollIntoView({ block: 'nearest' });
}
