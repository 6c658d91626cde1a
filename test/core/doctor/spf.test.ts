import { describe, expect, test } from 'vitest';
import { isSpf, parseSpf, type SpfTerm } from '../../../src/core/doctor/spf.ts';
import { judgeSpf } from '../../../src/core/doctor/spf-judge.ts';
import { checkHost, type SpfNode } from '../../../src/core/doctor/spf-match.ts';
import { parseIp } from '../../../src/core/ip.ts';

/** Records as in RFC 7208 appendix A and in the wild. */

const address = (text: string) => parseIp(text)!;

function node(
  text: string,
  included: Record<string, SpfNode> = {},
  hosts: Record<string, readonly string[]> = {},
): SpfNode {
  const parsed = parseSpf(text);
  if (!parsed.ok)
    return { domain: 'x.test', read: { kind: 'malformed', term: parsed.error }, children: new Map(), hosts: new Map() };
  const { terms, redirect } = parsed.value;
  const children = new Map<SpfTerm | null, SpfNode>();
  for (const term of terms) if (term.kind === 'include') children.set(term, included[term.domain]!);
  if (redirect !== null) children.set(null, included[redirect]!);
  const known = terms.flatMap((term) =>
    (term.kind === 'a' || term.kind === 'mx') && hosts[term.domain ?? '']
      ? [[term, hosts[term.domain ?? '']!.map(address)] as const]
      : [],
  );
  return { domain: 'x.test', read: { kind: 'record', record: parsed.value }, children, hosts: new Map(known) };
}
const unread: SpfNode = {
  domain: 'y.test',
  read: { kind: 'unread', why: 'silence' },
  children: new Map(),
  hosts: new Map(),
};
const missing: SpfNode = { domain: 'y.test', read: { kind: 'missing' }, children: new Map(), hosts: new Map() };

test.each([
  ['v=spf1', true],
  ['V=SPF1 -all', true],
  ['v=spf10 -all', false],
  ['v=spf1-all', false],
  ['spf2.0/pra -all', false],
])('%s: an SPF record is %s', (text, expected) => expect(isSpf(text)).toBe(expected));

test.each([
  'v=spf1 include:',
  'v=spf1 include',
  'v=spf1 ip4:192.0.2.1/33',
  'v=spf1 ip4:2001:db8::1',
  'v=spf1 ip6:192.0.2.1',
  'v=spf1 ip4:192.0.2.300',
  'v=spf1 all:x.test',
  'v=spf1 a:',
  'v=spf1 a/33',
  'v=spf1 ipv4:192.0.2.1',
  'v=spf1 redirect=',
  'v=spf1 %all',
])('%s is malformed', (text) => expect(parseSpf(text).ok).toBe(false));

test('a redirect beside all is of no account, other modifiers are never', () => {
  expect(parseSpf('v=spf1 redirect=y.test -all')).toMatchObject({ ok: true, value: { redirect: null } });
  expect(parseSpf('v=spf1 exp=z.test redirect=y.test')).toMatchObject({
    ok: true,
    value: { redirect: 'y.test', terms: [] },
  });
});

/** So many look-ups, by hosts of another network, half of them in what is included; then the term. */
function deep(lookups: number, term: string): SpfNode {
  const inside = Math.floor((lookups - 1) / 2);
  const other = { 'h.test': ['198.51.100.1'] };
  const included = node(`v=spf1 ${'a:h.test '.repeat(inside)}-all`, {}, other);
  const outside = 'a:h.test '.repeat(lookups - 1 - inside);
  const children = { 'i.test': included, 'y.test': node('v=spf1 ip4:192.0.2.7 -all') };
  return node(`v=spf1 include:i.test ${outside}${term}`, children, other);
}

describe('what a record says about 192.0.2.7', () => {
  test.each<[string, SpfNode, string]>([
    ['-all', node('v=spf1 -all'), 'fail'],
    ['~all', node('v=spf1 ~all'), 'softfail'],
    ['nothing', node('v=spf1'), 'neutral'],
    ['its network', node('v=spf1 ip4:192.0.2.0/24 -all'), 'pass'],
    ['another network', node('v=spf1 ip4:198.51.100.0/24 -all'), 'fail'],
    ['its network, excluded first', node('v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24 -all'), 'fail'],
    ['a host', node('v=spf1 a:h.test -all', {}, { 'h.test': ['2001:db8::1', '192.0.2.7'] }), 'pass'],
    ['the network of a host', node('v=spf1 a:h.test/24 -all', {}, { 'h.test': ['192.0.2.200'] }), 'pass'],
    ['a host that is not known', node('v=spf1 a:h.test -all'), 'unknown'],
    ['an unknown host, then its network', node('v=spf1 mx ip4:192.0.2.7 -all'), 'pass'],
    ['an unknown host, excluded, then its network', node('v=spf1 -mx ip4:192.0.2.7 -all'), 'unknown'],
    [
      'an include that passes',
      node('v=spf1 include:y.test -all', { 'y.test': node('v=spf1 ip4:192.0.2.7 -all') }),
      'pass',
    ],
    ['an include that fails', node('v=spf1 include:y.test ?all', { 'y.test': node('v=spf1 -all') }), 'neutral'],
    ['an include without a record', node('v=spf1 include:y.test -all', { 'y.test': missing }), 'error'],
    ['its network before that', node('v=spf1 ip4:192.0.2.7 include:y.test', { 'y.test': missing }), 'pass'],
    ['an include that nobody answers', node('v=spf1 include:y.test -all', { 'y.test': unread }), 'unknown'],
    ['a redirect', node('v=spf1 redirect=y.test', { 'y.test': node('v=spf1 ip4:192.0.2.7 -all') }), 'pass'],
    ['a macro', node('v=spf1 exists:%{i}.y.test -all'), 'unknown'],
    ['its network behind ten look-ups', deep(10, 'ip4:192.0.2.7'), 'pass'],
    ['its network behind eleven', deep(11, 'ip4:192.0.2.7'), 'error'],
    ['a redirect that is the eleventh', deep(10, 'redirect=y.test'), 'error'],
    ['its network before them', node(`v=spf1 ip4:192.0.2.7 ${'exists:x.test '.repeat(12)}-all`), 'pass'],
    ['its network behind all', node('v=spf1 -all ip4:192.0.2.7'), 'fail'],
  ])('%s', (_name, root, verdict) => expect(checkHost(root, address('192.0.2.7'))).toBe(verdict));
});

describe('the finding', () => {
  const judge = (root: SpfNode, lookups = 1, voids = 0) => judgeSpf({ root, lookups, voids }, [])[0]!;
  test.each<[string, ReturnType<typeof judge>, string, RegExp]>([
    ['a good record', judge(node('v=spf1 ip4:192.0.2.7 -all'), 10, 2), 'ok', /10 of 10/],
    ['none', judge(missing), 'bad', /no SPF record/],
    ['two', judge({ ...missing, read: { kind: 'several' } }), 'bad', /more than one/],
    ['no answer', judge(unread), 'unknown', /silence/],
    ['a fault', judge(node('v=spf1 ipv4:192.0.2.7 -all')), 'bad', /ipv4/],
    ['eleven look-ups', judge(node('v=spf1 -all'), 11), 'bad', /11 DNS look-ups/],
    ['three that find nothing', judge(node('v=spf1 -all'), 5, 3), 'warn', /3 names/],
    ['+all', judge(node('v=spf1 +all')), 'bad', /everybody/],
    ['?all', judge(node('v=spf1 ?all')), 'warn', /forbids nobody/],
    ['something behind all', judge(node('v=spf1 -all ip4:192.0.2.7')), 'warn', /never read/],
    ['ptr', judge(node('v=spf1 ptr -all')), 'warn', /ptr/],
    ['no all', judge(node('v=spf1 ip4:192.0.2.7')), 'warn', /forbids nobody/],
    [
      'an include without a record',
      judge(node('v=spf1 include:y.test -all', { 'y.test': missing })),
      'bad',
      /names y.test/,
    ],
    [
      'an include that nobody answers',
      judge(node('v=spf1 include:y.test -all', { 'y.test': unread })),
      'unknown',
      /y.test/,
    ],
  ])('%s', (_name, finding, level, says) => {
    expect(finding).toMatchObject({ check: 'spf', level, says: expect.stringMatching(says) });
    expect(finding.todo === null).toBe(level === 'ok');
  });

  test('each address is told apart, and without one nothing is claimed', () => {
    const root = node('v=spf1 ip4:192.0.2.0/29 ~all');
    const egress = ['192.0.2.7', '192.0.2.8'].map((text) => ({ text, address: address(text) }));
    expect(judgeSpf({ root, lookups: 0, voids: 0 }, egress).slice(1)).toMatchObject([
      { check: 'spf covers', level: 'ok' },
      { check: 'spf covers', level: 'bad', says: expect.stringContaining('softfail') },
    ]);
    const advice = (record: SpfNode) => judgeSpf({ root: record, lookups: 0, voids: 0 }, egress.slice(0, 1))[1]?.todo;
    expect(advice(node('v=spf1 -all ip4:192.0.2.7'))).toMatch(/^Move all/);
    expect(advice(deep(11, 'ip4:192.0.2.7'))).toMatch(/^Mend/);
    expect(judgeSpf({ root, lookups: 0, voids: 0 }, [])[1]).toMatchObject({
      level: 'unknown',
      todo: expect.stringContaining('--ip'),
    });
  });
});
