/** A number as text: rounded to `decimals`, or the shortest text that is the same float32. */
export function numberText(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return String(Number(value.toFixed(decimals)));
  const single = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
