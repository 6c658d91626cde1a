import type { DraftContent } from '../../core/campaigns/content.ts';
import type { ContentPatch } from './ports.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** RFC 7396: null takes a field away, an absent one stays, objects merge. */
function merge(base: Json, patch: Json): Json {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? merge(isObject(merged[key]) ? merged[key] : {}, value) : value;
  }
  return merged;
}

/** The result may be incomplete; `checkContent` says so. */
export function mergeContent(base: DraftContent, patch: ContentPatch): DraftContent {
  const merged = merge(base, patch) as DraftContent;
  const { listUnsubscribe, ...rest } = merged;
  const isEmpty = !listUnsubscribe || Object.keys(listUnsubscribe).length === 0;
  return isEmpty ? rest : { ...rest, listUnsubscribe };
}
