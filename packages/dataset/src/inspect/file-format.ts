/** Formats of files, by their first bytes. */
export type FoundFormat =
  | 'jpeg'
  | 'png'
  | 'gif'
  | 'webp'
  | 'tiff'
  | 'avif'
  | 'heic'
  | 'bmp'
  | 'svg'
  | 'html'
  | 'pdf'
  | 'zip'
  | 'unknown';

/** Formats that the decoder may open. SVG is excluded because it can refer to other files. */
export const DECODABLE: ReadonlySet<FoundFormat> = new Set(['jpeg', 'png', 'gif', 'webp', 'tiff', 'avif']);

const EXTENSIONS: Readonly<Partial<Record<FoundFormat, RegExp>>> = {
  jpeg: /\.(jpe?g|jfif)$/i,
  png: /\.png$/i,
  gif: /\.gif$/i,
  webp: /\.webp$/i,
  tiff: /\.tiff?$/i,
  avif: /\.avif$/i,
  heic: /\.hei[cf]$/i,
  bmp: /\.bmp$/i,
};

/** The format of a file, by the signatures in the formats' specifications. */
export function formatOf(head: Uint8Array): FoundFormat {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 256)).toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (/^GIF8[79]a/.test(text)) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'tiff';
  if (text.slice(4, 8) === 'ftyp') return /^(avif|avis)/.test(text.slice(8, 12)) ? 'avif' : 'heic';
  if (text.startsWith('BM')) return 'bmp';
  if (text.startsWith('%PDF')) return 'pdf';
  if (text.startsWith('PK\x03\x04')) return 'zip';
  if (/^\s*(<!doctype html|<html)/i.test(text)) return 'html';
  if (/^\s*(<\?xml|<svg)/i.test(text)) return 'svg';
  return 'unknown';
}

/** Whether a file's extension matches its format. */
export function extensionFits(path: string, format: FoundFormat): boolean {
  return EXTENSIONS[format]?.test(path) ?? true;
}
