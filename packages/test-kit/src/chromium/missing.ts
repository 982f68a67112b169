/** No Chromium is installed, and none can be downloaded. */
export class ChromiumMissing extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(
      `no Chromium for browser tests: ${why}. Install Chromium or Chrome, or set PODIUM_CHROMIUM`,
      options,
    );
    this.name = 'ChromiumMissing';
  }
}
