import { encoding } from '../src/page/encoding.ts';
import type { Payload } from '../src/page/payload.ts';
import type { ColorBy } from '../src/sections/feature-map.ts';
import { element, imageOf } from './fill-images.ts';
import type { Images } from './page-data.ts';

/** Maximum distance from a pointer to a dot, in CSS pixels. */
const MAX_DISTANCE = 14;

/**
 * Colors the map by class, fold or source, dims dots that the legend deselects, and describes the dot under the
 * pointer.
 */
export function featureMap({ map }: Payload, images: Images): void {
  const box = document.getElementById('map-box');
  const frame = document.getElementById('map-frame');
  const tip = document.getElementById('map-tip');
  const status = document.getElementById('map-status');
  const svg = frame?.querySelector('svg');
  if (!map || !box || !frame || !tip || !status || !svg) return;
  const dots = [...svg.querySelectorAll('circle')];
  let by = box.querySelector<HTMLInputElement>('input[name="color-by"]:checked')?.value as
    | ColorBy
    | undefined;

  const paint = () => {
    const values = by === undefined ? undefined : map.by[by]?.value;
    const chosen = new Set(
      [...box.querySelectorAll<HTMLElement>(`[data-legend="${by}"] [aria-pressed="true"]`)].map((button) =>
        Number(button.dataset.value),
      ),
    );
    for (const [i, dot] of dots.entries()) {
      const value = values?.[i] ?? -1;
      const { fill, stroke, dash } = encoding(value);
      dot.setAttribute('fill', fill);
      dot.setAttribute('stroke', stroke);
      if (dash === undefined) dot.removeAttribute('stroke-dasharray');
      else dot.setAttribute('stroke-dasharray', dash);
      dot.classList.toggle('dim', chosen.size > 0 && !chosen.has(value));
    }
  };
  paint();
  box.addEventListener('change', (event) => {
    const input = event.target as HTMLInputElement;
    if (input.name !== 'color-by') return;
    by = input.value as ColorBy;
    for (const legend of box.querySelectorAll<HTMLElement>('[data-legend]'))
      legend.hidden = legend.dataset.legend !== by;
    paint();
  });
  box.addEventListener('click', (event) => {
    const button = (event.target as Element).closest('[data-legend] button');
    if (!button) return;
    button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
    paint();
  });

  let at = -1;
  const show = (index: number) => {
    dots[at]?.classList.remove('here');
    at = index;
    const dot = dots[index];
    tip.hidden = dot === undefined;
    if (!dot) return;
    dot.classList.add('here');
    const facts = (Object.keys(map.by) as ColorBy[]).flatMap((kind) => {
      const column = map.by[kind];
      const name = column?.names[column.value[index] ?? -1];
      return name === undefined ? [] : [`${kind} ${name}`];
    });
    const id = map.id[index] ?? `image ${index + 1}`;
    tip.replaceChildren(
      ...(map.image[index] === null ? [] : [imageOf(map.image[index], '', images)]),
      element('bdi', { className: 'id' }, id),
      ...facts.map((fact) => element('bdi', {}, fact)),
    );
    const [inner, outer] = [dot.getBoundingClientRect(), frame.getBoundingClientRect()];
    const left = inner.left - outer.left + 12;
    tip.style.left = `${Math.max(0, Math.min(left, outer.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(0, Math.min(inner.top - outer.top + 12, outer.height - tip.offsetHeight - 4))}px`;
    status.textContent = [id, ...facts].join(', ');
  };
  const point = (event: PointerEvent) => {
    const frameAt = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / frameAt.width;
    const [x, y] = [(event.clientX - frameAt.left) * scale, (event.clientY - frameAt.top) * scale];
    let [nearest, best] = [-1, (MAX_DISTANCE * scale) ** 2];
    for (const [i, dot] of dots.entries()) {
      const distance = (dot.cx.baseVal.value - x) ** 2 + (dot.cy.baseVal.value - y) ** 2;
      if (distance < best) [nearest, best] = [i, distance];
    }
    if (nearest !== at) show(nearest);
  };
  svg.addEventListener('pointermove', point);
  svg.addEventListener('pointerdown', point);
  svg.addEventListener('pointerleave', (event) => {
    // A finger leaves at once; keep the description readable.
    if (event.pointerType === 'mouse') show(-1);
  });
  frame.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') show(-1);
    if (step === undefined || dots.length === 0) return;
    event.preventDefault();
    show((at + step + dots.length) % dots.length);
  });
  frame.addEventListener('blur', () => show(-1));
}
