const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = { left: 64, right: 16, top: 32, bottom: 44 };

/** A line plot with axes, as an SVG file. */
export function curveSvg(
  points: readonly (readonly [x: number, y: number])[],
  names: { readonly title: string; readonly x: string; readonly y: string },
): string {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const x = scale(Math.min(...xs), Math.max(...xs), MARGIN.left, WIDTH - MARGIN.right);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const y = scale(low, high, HEIGHT - MARGIN.bottom, MARGIN.top);
  const path = points
    .map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`)
    .join('');
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  const text = (at: readonly [number, number], anchor: string, label: string) =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}">${label}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...ticks.flatMap((tick) => [
      `<path d="M${MARGIN.left} ${y(tick).toFixed(1)}H${WIDTH - MARGIN.right}" stroke="#ddd"/>`,
      text([MARGIN.left - 6, y(tick) + 4], 'end', tick.toFixed(2)),
    ]),
    ...xs.map((px) => text([x(px), HEIGHT - MARGIN.bottom + 16], 'middle', String(px))),
    `<path d="${path}" fill="none" stroke="#1a6faf" stroke-width="2"/>`,
    ...points.map(
      ([px, py]) => `<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="3" fill="#1a6faf"/>`,
    ),
    text([WIDTH / 2, 18], 'middle', names.title),
    text([WIDTH / 2, HEIGHT - 8], 'middle', names.x),
    `<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${names.y}</text>`,
    '</svg>\n',
  ].join('\n');
}

function scale(from: number, to: number, start: number, end: number): (value: number) => number {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}
