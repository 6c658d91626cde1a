/** Which URLs a merged value may make. A value must not choose a scheme that runs code. */

const UNSAFE_SCHEMES = ['javascript', 'data', 'vbscript'];
const OPEN_URL = /[\s"'](?:href|src|action|formaction|background|poster)\s*=\s*["']([^"'<>]*)$/i;
/** A scheme, path, query or fragment has begun: what follows can't change the scheme any more. */
const SETTLED = /[:/?#]/;

/** The URL so far, when a fixed text ends inside a URL attribute whose scheme is still open; else null. */
export function openUrl(fixed: string): string | null {
  const begun = OPEN_URL.exec(fixed)?.[1];
  return begun === undefined || SETTLED.test(begun) ? null : begun;
}

/** What the URL grows to by the next text, and whether its scheme is decided by then. */
export function continueUrl(url: string, text: string): { readonly url: string; readonly closed: boolean } {
  const end = text.search(/["']/);
  const grown = url + (end < 0 ? text : text.slice(0, end));
  return { url: grown, closed: end >= 0 || SETTLED.test(grown) };
}

/** Browsers skip blanks and control characters in a scheme, so they are skipped here too. */
export function hasUnsafeScheme(url: string): boolean {
  const colon = url.indexOf(':');
  if (colon < 0) return false;
  const scheme = url
    .slice(0, colon)
    .replace(/[\p{Cc}\p{Cf}\s]/gu, '')
    .toLowerCase();
  return UNSAFE_SCHEMES.includes(scheme);
}
