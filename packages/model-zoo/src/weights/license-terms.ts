const TERMS: Readonly<Record<string, string>> = {
  'apple-amlr': 'research only',
  'apple-ascl': "Apple's own terms",
  'cc-by-nc-4.0': 'no commercial use',
  'dinov3-license': "Meta's own terms, which have to be accepted before the download",
  'fair-noncommercial-research-license': 'noncommercial research only',
  'fastvit-license': "Apple's own terms",
  'mobileone-license': "Apple's own terms",
  'seer-license': 'no commercial use',
};

/** What a license of published weights restricts, in words; undefined for open ones and for what is not known. */
export function licenseTerms(license: string): string | undefined {
  return Object.hasOwn(TERMS, license) ? TERMS[license] : undefined;
}
