/** ETags are version numbers (RFC 9110 8.8.3). */

export const etagOf = (version: number): string => `"${version}"`;

/** Versions that an If-Match names; null: any. A weak or foreign tag matches no version. */
export function versionsOf(header: string): readonly number[] | null | 'malformed' {
  const text = header.trim();
  if (text === '*') return null;
  const tags = text.split(',').map((tag) => tag.trim());
  if (tags.some((tag) => !/^(W\/)?"[^"]*"$/.test(tag))) return 'malformed';
  return tags.flatMap((tag) => (/^"\d{1,15}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []));
}
