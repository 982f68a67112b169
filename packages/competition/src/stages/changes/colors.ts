/** The luma of ITU-R BT.601 in all three channels: `[side,side,3]`. */
export function withoutColors(image: Uint8Array): Uint8Array {
  const gray = new Uint8Array(image.length);
  for (let i = 0; i < image.length; i += 3)
    gray.fill(Math.round(0.299 * image[i]! + 0.587 * image[i + 1]! + 0.114 * image[i + 2]!), i, i + 3);
  return gray;
}
