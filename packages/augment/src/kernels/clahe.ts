import type { Image } from '@podium/core';

/**
 * Contrast-limited adaptive histogram equalization (Zuiderveld 1994). On gray images as OpenCV's `CLAHE`: one table per
 * tile, interpolated between the four nearest tiles. On color images it equalizes PIL's gray and adds the change to all
 * three channels, which preserves the hue; Albumentations converts to Lab instead.
 */
export function equalizeLocally(image: Image, clipLimit: number, tiles: readonly [number, number]): Image {
  const { width, height, channels, data } = image;
  const tilesY = Math.min(tiles[0], height);
  const tilesX = Math.min(tiles[1], width);
  const tileWidth = Math.ceil(width / tilesX);
  const tileHeight = Math.ceil(height / tilesY);
  const gray = grayOf(image);
  const tables = new Uint8Array(tilesX * tilesY * 256);
  for (let y = 0; y < tilesY; y++) {
    for (let x = 0; x < tilesX; x++) {
      const table = tables.subarray((y * tilesX + x) * 256, (y * tilesX + x + 1) * 256);
      const box = { left: x * tileWidth, top: y * tileHeight, width: tileWidth, height: tileHeight };
      tableOfTile(gray, width, height, box, clipLimit, table);
    }
  }
  const bytes = new Uint8Array(data.length);
  const out = new Uint8ClampedArray(bytes.buffer);
  const lefts = new Int32Array(width);
  const rights = new Int32Array(width);
  const shares = new Float64Array(width);
  for (let x = 0; x < width; x++) {
    const place = x / tileWidth - 0.5;
    const tile = Math.floor(place);
    lefts[x] = Math.max(tile, 0) * 256;
    rights[x] = Math.min(tile + 1, tilesX - 1) * 256;
    shares[x] = place - tile;
  }
  for (let y = 0; y < height; y++) {
    const place = y / tileHeight - 0.5;
    const tile = Math.floor(place);
    const upper = Math.max(tile, 0) * tilesX * 256;
    const lower = Math.min(tile + 1, tilesY - 1) * tilesX * 256;
    const down = place - tile;
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const level = gray[at]!;
      const left = lefts[x]!;
      const right = rights[x]!;
      const share = shares[x]!;
      const above = tables[upper + left + level]! * (1 - share) + tables[upper + right + level]! * share;
      const below = tables[lower + left + level]! * (1 - share) + tables[lower + right + level]! * share;
      const change = Math.floor(above * (1 - down) + below * down + 0.5) - level;
      for (let p = at * channels; p < at * channels + channels; p++) out[p] = data[p]! + change;
    }
  }
  return { width, height, channels, data: bytes };
}

function grayOf({ data, channels }: Image): Uint8Array {
  if (channels !== 3) return data;
  const gray = new Uint8Array(data.length / 3);
  for (let i = 0, p = 0; i < gray.length; i++, p += 3) {
    gray[i] = (data[p]! * 19595 + data[p + 1]! * 38470 + data[p + 2]! * 7471 + 0x8000) >> 16;
  }
  return gray;
}

function tableOfTile(
  gray: Uint8Array,
  width: number,
  height: number,
  box: { left: number; top: number; width: number; height: number },
  clipLimit: number,
  table: Uint8Array,
): void {
  const counts = new Int32Array(256);
  const mirrored = (i: number, length: number) => (i < length ? i : Math.max(0, 2 * length - 2 - i));
  for (let y = box.top; y < box.top + box.height; y++) {
    const row = mirrored(y, height) * width;
    for (let x = box.left; x < box.left + box.width; x++) {
      const level = gray[row + (x < width ? x : mirrored(x, width))]!;
      counts[level] = counts[level]! + 1;
    }
  }
  const area = box.width * box.height;
  const limit = Math.max(1, Math.trunc((clipLimit * area) / 256));
  let excess = 0;
  for (let i = 0; i < 256; i++) {
    const over = counts[i]! - limit;
    if (over > 0) {
      excess += over;
      counts[i] = limit;
    }
  }
  const share = Math.floor(excess / 256);
  let rest = excess % 256;
  const step = Math.max(Math.floor(256 / Math.max(rest, 1)), 1);
  for (let i = 0; i < 256; i++) counts[i] = counts[i]! + share;
  for (let i = 0; i < 256 && rest > 0; i += step, rest--) counts[i] = counts[i]! + 1;
  let sum = 0;
  for (let i = 0; i < 256; i++) {
    sum += counts[i]!;
    table[i] = Math.min(255, Math.floor((sum * 255) / area + 0.5));
  }
}
