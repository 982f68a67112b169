/** Formats of files, by their first bytes. */
export type FoundFormat = ImageFormat | 'html' | 'pdf' | 'zip' | 'unknown';

/** Formats of images, whether or not they can be decoded. */
type ImageFormat =
  | 'jpeg'
  | 'png'
  | 'gif'
  | 'webp'
  | 'tiff'
  | 'avif'
  | 'heic'
  | 'bmp'
  | 'jp2'
  | 'jxl'
  | 'jxr'
  | 'pam'
  | 'pnm'
  | 'dicom'
  | 'dds'
  | 'exr'
  | 'fits'
  | 'hdr'
  | 'ico'
  | 'pcx'
  | 'psd'
  | 'qoi'
  | 'raw'
  | 'svg'
  | 'tga';

interface FormatEntry {
  /** As people write it. */
  readonly label: string;
  readonly extensions: readonly string[];
}

const FORMATS: Readonly<Record<ImageFormat, FormatEntry>> = {
  jpeg: { label: 'JPEG', extensions: ['jpg', 'jpeg', 'jpe', 'jfif', 'jif', 'pjpeg', 'pjp', 'mpo'] },
  png: { label: 'PNG', extensions: ['png', 'apng'] },
  gif: { label: 'GIF', extensions: ['gif'] },
  webp: { label: 'WebP', extensions: ['webp'] },
  tiff: { label: 'TIFF', extensions: ['tif', 'tiff'] },
  avif: { label: 'AVIF', extensions: ['avif', 'avifs'] },
  heic: { label: 'HEIC', extensions: ['heic', 'heif', 'hif'] },
  bmp: { label: 'BMP', extensions: ['bmp', 'dib'] },
  jp2: { label: 'JPEG 2000', extensions: ['jp2', 'j2k', 'j2c', 'jpc', 'jpf', 'jpx'] },
  jxl: { label: 'JPEG XL', extensions: ['jxl'] },
  jxr: { label: 'JPEG XR', extensions: ['jxr', 'wdp', 'hdp'] },
  pnm: { label: 'PNM', extensions: ['pgm', 'ppm', 'pbm', 'pnm'] },
  pam: { label: 'PAM or PFM', extensions: ['pam', 'pfm'] },
  dicom: { label: 'DICOM', extensions: ['dcm', 'dicom'] },
  dds: { label: 'DDS', extensions: ['dds'] },
  exr: { label: 'OpenEXR', extensions: ['exr'] },
  fits: { label: 'FITS', extensions: ['fits'] },
  // The extension hdr also stands for text files that describe other formats.
  hdr: { label: 'Radiance HDR', extensions: [] },
  ico: { label: 'ICO', extensions: ['ico', 'cur'] },
  pcx: { label: 'PCX', extensions: ['pcx'] },
  psd: { label: 'Photoshop', extensions: ['psd', 'psb'] },
  qoi: { label: 'QOI', extensions: ['qoi'] },
  raw: {
    label: 'a camera raw format',
    extensions: ['dng', 'nef', 'cr2', 'cr3', 'arw', 'orf', 'rw2', 'raf', 'pef', 'srw'],
  },
  svg: { label: 'SVG', extensions: ['svg'] },
  tga: { label: 'TGA', extensions: ['tga'] },
};

/** Formats that the decoder opens. SVG is excluded because it can refer to other files. */
export const DECODABLE: ReadonlySet<FoundFormat> = new Set([
  'jpeg',
  'png',
  'gif',
  'webp',
  'tiff',
  'avif',
  'pnm',
]);

const BY_EXTENSION: ReadonlyMap<string, ImageFormat> = new Map(
  Object.entries(FORMATS).flatMap(([format, { extensions }]) =>
    extensions.map((extension): [string, ImageFormat] => [extension, format as ImageFormat]),
  ),
);

/** The extensions of all formats of images: a file that cannot be decoded is named, never overlooked. */
export const IMAGE_EXTENSION: RegExp = new RegExp(`\\.(${[...BY_EXTENSION.keys()].join('|')})$`, 'i');

/** Whether a file is named like an image of any format. */
export function hasImageExtension(path: string): boolean {
  return IMAGE_EXTENSION.test(path);
}

const WORDS: Readonly<Record<Exclude<FoundFormat, ImageFormat>, string>> = {
  html: 'a web page',
  pdf: 'a PDF document',
  zip: 'a zip archive',
  unknown: 'not an image',
};

/** What a file is, as a clause after `is`: `JPEG 2000`, `a web page`. */
export function formatLabel(format: FoundFormat): string {
  return format in FORMATS
    ? FORMATS[format as ImageFormat].label
    : WORDS[format as Exclude<FoundFormat, ImageFormat>];
}

/** How many of a file's first bytes show its format. */
export const SIGNATURE_LENGTH = 256;

/**
 * The format of a file, by the signatures in the formats' specifications. TGA has none.
 * @param path decides between TIFF and the camera formats that are built on it, if given
 */
export function formatOf(head: Uint8Array, path: string = ''): FoundFormat {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, SIGNATURE_LENGTH)).toString(
    'latin1',
  );
  if (/^(II[*+]|MM.[*+])/s.test(text) && text.slice(2, 4).includes('\0'))
    return byName(path) === 'raw' ? 'raw' : 'tiff';
  if (text.startsWith('ftyp', 4)) return mediaFormat(text);
  if (byName(path) === 'tga' && isTga(head)) return 'tga';
  for (const [format, start, more = {}] of SIGNATURES) if (fits(text, [format, start, more])) return format;
  return 'unknown';
}

/** Whether bytes begin like an image of any format. */
export function isImage(head: Uint8Array): boolean {
  return formatOf(head) in FORMATS;
}

/** A format, the text at its start (or at an offset), and what must follow, if that is not enough. */
type Signature = readonly [
  FoundFormat,
  start: string,
  more?: { readonly at?: number; readonly rest?: RegExp },
];

const SIGNATURES: readonly Signature[] = [
  // Stray bytes may follow; decoders find the first marker.
  ['jpeg', '\xff\xd8'],
  ['png', '\x89PNG\r\n\x1a\n'],
  ['gif', 'GIF8', { rest: /^[79]a/ }],
  ['webp', 'WEBP', { at: 8 }],
  ['bmp', '\0\0\0\0', { at: 6 }],
  ['jp2', '\0\0\0\x0cjP  \r\n\x87\n'],
  ['jp2', '\xff\x4f\xff\x51'],
  ['jxl', '\0\0\0\x0cJXL \r\n\x87\n'],
  ['jxl', '\xff\x0a'],
  ['jxr', 'II\xbc'],
  ['pnm', 'P', { rest: /^[1-6]\s+[#\d]/ }],
  ['pam', 'P', { rest: /^[7Ff]\s/ }],
  ['psd', '8BPS'],
  ['exr', 'v/1\x01'],
  ['hdr', '#?', { rest: /^(RADIANCE|RGBE)/ }],
  ['ico', '\0\0\x01\0', { rest: /^[^\0]/ }],
  ['ico', '\0\0\x02\0', { rest: /^[^\0]/ }],
  ['pcx', '\n\x05\x01'],
  ['dds', 'DDS '],
  ['qoi', 'qoif'],
  ['fits', 'SIMPLE  ='],
  ['dicom', 'DICM', { at: 128 }],
  ['raw', 'FUJIFILMCCD-RAW'],
  ['raw', 'II', { rest: /^(R[OS]|U\0)/ }],
  ['pdf', '%PDF'],
  ['zip', 'PK\x03\x04'],
  ['html', '', { rest: /^\s*(<!doctype html|<html)/i }],
  ['svg', '', { rest: /^\s*(<\?xml[^>]*>\s*)?(<!--[^>]*>\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg/i }],
];

function fits(text: string, [format, start, { at = 0, rest }]: Required<Signature>): boolean {
  if (format === 'bmp' && !text.startsWith('BM')) return false;
  if (format === 'webp' && !text.startsWith('RIFF')) return false;
  return text.startsWith(start, at) && (rest === undefined || rest.test(text.slice(at + start.length)));
}

/** ISO base media files, by their brand (ISO/IEC 23008-12, AV1 Image File Format). */
function mediaFormat(text: string): FoundFormat {
  const brand = text.slice(8, 12);
  if (/^avi[fs]/.test(brand)) return 'avif';
  if (brand === 'crx ') return 'raw';
  if (/^(hei[cxms]|hev[cxms]|mif1|msf1|MiHE|heif)/.test(brand)) {
    // The general brand is followed by a list of the particular ones.
    return /avi[fs]/.test(text.slice(12, 64)) && !/hei[cx]/.test(text.slice(12, 64)) ? 'avif' : 'heic';
  }
  return 'unknown';
}

/** Image type 1 to 3 or 9 to 11, and the color map that fits it (Truevision TGA specification 2.0). */
function isTga(head: Uint8Array): boolean {
  return head.length > 18 && head[1]! <= 1 && [1, 2, 3, 9, 10, 11].includes(head[2]!);
}

function byName(path: string): ImageFormat | undefined {
  return BY_EXTENSION.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase());
}

/** Whether a file's extension matches its format. */
export function extensionFits(path: string, format: FoundFormat): boolean {
  return !(format in FORMATS) || byName(path) === format;
}
