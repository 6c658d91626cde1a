import { expect, test } from 'vitest';
import { exitCode, readAsk, render } from '../../src/cli/doctor.ts';
import { bad, good, reportOf, unknown, warn } from '../../src/core/doctor/finding.ts';

const REPORT = reportOf([
  {
    kind: 'route',
    name: 'main',
    findings: [good('tls', 'All is well.'), warn('greeting', 'It says 421.', 'Wait and ask again.')],
  },
  {
    kind: 'domain',
    name: 'x.test',
    findings: [
      bad('spf', 'There is no record at all, which is a long story to tell.', 'Publish one.'),
      unknown('dkim', 'Who knows?', 'Publish one.'),
    ],
  },
]);

test('a table, aligned over all its groups, with each advice once for each', () => {
  expect(render(REPORT, { width: 56, isColoured: false })).toEqual([
    'Route main',
    '  ok       tls       All is well.',
    '  warn     greeting  It says 421.',
    '                     > Wait and ask again.',
    '',
    'Sender domain x.test',
    '  bad      spf       There is no record at all, which is',
    '                     a long story to tell.',
    '                     > Publish one.',
    '  unknown  dkim      Who knows?',
    '',
    '1 ok, 1 to look at, 1 bad, 1 unknown',
  ]);
});

test('colours are only there where they are wanted', () => {
  expect(render(REPORT, { width: 80, isColoured: true }).join('\n')).toContain('\u001b[31mbad    \u001b[0m');
  expect(render(REPORT, { width: 80, isColoured: false }).join('\n')).not.toContain('\u001b');
});

test('the exit code is 1 when something is bad, and only then', () => {
  expect(exitCode(REPORT)).toBe(1);
  expect(
    exitCode(reportOf([{ kind: 'route', name: 'main', findings: [warn('a', 'b', 'c'), unknown('d', 'e')] }])),
  ).toBe(0);
  expect(exitCode(reportOf([{ kind: 'route', name: 'main', findings: [unknown('d', 'e')] }]))).toBe(3);
});

test('an answer without anything to tell is no crash', () => {
  expect(render(reportOf([]), { width: 80, isColoured: false })).toEqual(['0 ok, 0 to look at, 0 bad, 0 unknown']);
});

test('what is asked for is read', () => {
  expect(readAsk({})).toEqual({ ok: true, value: { domains: null, selectors: [], egress: [] } });
  expect(
    readAsk({ from: ['Büro.Example.'], dkimSelector: ['s1', 'k2.mail'], ip: ['192.0.2.7', '2001:db8::1'] }),
  ).toMatchObject({
    ok: true,
    value: {
      domains: ['xn--bro-hoa.example'],
      selectors: ['s1', 'k2.mail'],
      egress: [
        { text: '192.0.2.7', address: { bits: 32 } },
        { text: '2001:db8::1', address: { bits: 128 } },
      ],
    },
  });
});

test.each([
  [{ from: ['ann@example.com'] }, 'doctor.from'],
  [{ from: ['localhost'] }, 'doctor.from'],
  [{ from: ['example.com', ''] }, 'doctor.from'],
  [{ dkimSelector: ['a b'] }, 'doctor.dkimSelector'],
  [{ dkimSelector: [''] }, 'doctor.dkimSelector'],
  [{ ip: ['192.0.2.300'] }, 'doctor.ip'],
  [{ ip: ['example.com'] }, 'doctor.ip'],
])('%j is refused', (options, code) => {
  const asked = readAsk(options);
  expect(asked.ok ? '' : asked.error).toMatch(new RegExp(`^${code}: `));
});
