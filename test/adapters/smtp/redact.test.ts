import { expect, test } from 'vitest';
import { rig } from './rig.ts';

/** A relay that repeats what it was told. */

const AUTH = { user: 'canary@user', pass: 'CANARY/pw 7f3a9!x' };

test.each(['AUTH PLAIN', 'AUTH LOGIN', 'AUTH PLAIN LOGIN'])(
  'with %s, the password is in nothing that is told of the session',
  async (mechanism) => {
    const heard: string[] = [];
    const echo = (line: string) => {
      heard.push(line);
      const plain = Buffer.from(line.split(' ').at(-1)!, 'base64').toString().replaceAll('\0', ' ');
      return `535 5.7.8 bad credentials: you sent ${plain} in ${line} (${encodeURIComponent(AUTH.pass)})`;
    };
    const r = await rig({
      auth: AUTH,
      script: { extensions: [mechanism], auth: ({ line }) => echo(line) },
    });
    const result = await r.send();
    await r.end();
    expect(heard.length).toBeGreaterThan(0);
    expect(result).toMatchObject({ outcome: 'refused', stage: 'auth', reply: { code: 535 } });
    const told = JSON.stringify(result);
    const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
    for (const form of [
      AUTH.pass,
      base64(AUTH.pass),
      base64(`\0${AUTH.user}\0${AUTH.pass}`),
      encodeURIComponent(AUTH.pass),
    ]) {
      expect(told).not.toContain(form);
    }
    expect(told).toContain('bad credentials');
  },
);
