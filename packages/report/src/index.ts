/** A run as one self-contained HTML file; pure: data in, text out. */
export {};
