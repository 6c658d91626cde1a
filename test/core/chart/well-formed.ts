/** Names of the tags that are open at the end of an XML document; throws where it is not well formed. */
export function openTags(xml: string): readonly string[] {
  const open: string[] = [];
  const part = /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  const bareAmpersand = /&(?!(?:amp|lt|gt|quot);)/;
  while (part.lastIndex < xml.length) {
    const at = part.lastIndex;
    const found = part.exec(xml);
    if (!found) throw new Error(`not XML: ${xml.slice(at, at + 80)}`);
    const [, isEnd, name, attributes = '', isEmpty, text = ''] = found;
    if (bareAmpersand.test(attributes + text)) throw new Error(`a bare &: ${found[0].slice(0, 80)}`);
    const names = [...attributes.matchAll(/\s([\w:-]+)="[^"]*"/g)].map((one) => one[1]);
    if (new Set(names).size < names.length) throw new Error(`an attribute twice: ${found[0]}`);
    if (name && isEnd && open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    if (name && !isEnd && !isEmpty) open.push(name);
  }
  return open;
}
