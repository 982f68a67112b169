/** Puts boxes into the tab order only if they can scroll, and tells their frames where there is more to see. */
export function scrollBoxes(): void {
  const update = (box: HTMLElement) => {
    const room = box.scrollWidth - box.clientWidth;
    box.tabIndex = room > 0 ? 0 : -1;
    const frame = box.parentElement;
    if (!frame) return;
    // In right-to-left boxes it is negative.
    const at = Math.abs(box.scrollLeft);
    const sides = [...(at > 1 ? ['start'] : []), ...(at < room - 1 ? ['end'] : [])];
    if (room > 1) frame.dataset.more = sides.join(' ');
    else delete frame.dataset.more;
  };
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const box = target.closest<HTMLElement>('.scroll');
      if (box) update(box);
    }
  });
  for (const box of document.querySelectorAll<HTMLElement>('.scroll')) {
    observer.observe(box);
    if (box.firstElementChild) observer.observe(box.firstElementChild);
    box.addEventListener('scroll', () => update(box), { passive: true });
  }
}
