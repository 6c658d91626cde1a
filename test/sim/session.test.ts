import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { describe, expect, test, vi } from 'vitest';
import type { SimLetter } from '../../src/sim/session.ts';
import { client, profileOf, session, withSim } from './raw-client.ts';

const WITHIN = { timeout: 20_000 };
const LETTER = 'Message-ID: <1@example.com>\r\nSubject: x\r\n\r\nHello\r\n';

describe('a session', () => {
  test('announces what it can do', async () => {
    await withSim(profileOf({ maxBytes: 1000 }), async ({ port }) => {
      const one = await client(port);
      expect(await one.say('')).toEqual(['220 mx.alpha ESMTP Offpeak simulator']);
      let heard = '';
      one.socket.on('data', (text) => {
        heard += text;
      });
      expect(await one.say('EHLO x\r\n')).toEqual(['250 ENHANCEDSTATUSCODES']);
      expect(heard).toBe(
        '250-mx.alpha\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n',
      );
    });
  });

  test('answers each command in its order', async () => {
    await withSim(profileOf({}), async ({ port }) => {
      const one = await session(port);
      const commands: [string, string][] = [
        ['NOOP', '250 2.0.0'],
        ['vrfy x', '252 2.1.5'],
        ['RCPT TO:<a@x.example>', '503 5.5.1'],
        ['DATA', '503 5.5.1'],
        ['MAIL FROM:a@x.example', '501 5.5.4'],
        ['mail from:<> BODY=8BITMIME SIZE=12', '250 2.1.0'],
        ['MAIL FROM:<b@x.example>', '503 5.5.1'],
        ['DATA', '503 5.5.1'],
        ['RCPT TO:<>', '501 5.5.4'],
        ['RCPT TO:<a@x.example>', '250 2.1.5'],
        ['RSET', '250 2.0.0'],
        ['DATA', '503 5.5.1'],
        ['STARTTLS', '502 5.5.1'],
        ['MAILBOX', '502 5.5.1'],
        ['HELO x', '250 mx.alpha'],
        ['QUIT', '221 2.0.0'],
      ];
      for (const [command, answer] of commands) {
        expect(`${command} -> ${(await one.say(`${command}\r\n`))[0]}`).toContain(`${command} -> ${answer}`);
      }
      expect(await one.over()).toBe('end');
    });
  });

  test('wants EHLO before MAIL', async () => {
    await withSim(profileOf({}), async ({ port }) => {
      const one = await client(port);
      await one.say('');
      expect(await one.say('MAIL FROM:<a@x.example>\r\n')).toEqual(['503 5.5.1 Bad sequence of commands']);
    });
  });

  test('takes pipelined commands, and whole letters in one packet', async () => {
    await withSim(profileOf({}), async ({ port, sim }) => {
      const one = await session(port);
      const whole = `MAIL FROM:<n@x.example>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n${LETTER}.\r\n`;
      const codes = (await one.say(`${whole}${whole.replaceAll('a@x', 'b@x')}QUIT\r\n`, 9)).map((line) =>
        line.slice(0, 3),
      );
      expect(codes).toEqual(['250', '250', '354', '250', '250', '250', '354', '250', '221']);
      expect(sim.summary().total.accepted).toBe(2);
    });
  });

  test('takes commands byte by byte', async () => {
    await withSim(profileOf({}), async ({ port, sim }) => {
      const one = await session(port);
      one.socket.setNoDelay(true);
      const whole = `MAIL FROM:<n@x.example>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n${LETTER}.\r\n`;
      for (const byte of whole) one.socket.write(byte);
      expect((await one.say('', 4)).map((line) => line.slice(0, 3))).toEqual(['250', '250', '354', '250']);
      expect(sim.summary().total.accepted).toBe(1);
    });
  });

  test('answers what follows a refused command in a pipeline with 503, not as attempts', async () => {
    const refusal = { code: 451, text: '4.7.1 Slow down', close: false };
    await withSim(profileOf({ ratePerSecond: 0, burst: 1, refusal }), async ({ port, sim }) => {
      const one = await session(port);
      await one.send('a@x.example');
      const answers = await one.say('MAIL FROM:<n@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n', 3);
      expect(answers.map((line) => line.slice(0, 3))).toEqual(['451', '503', '503']);
      expect(sim.summary().total).toMatchObject({ attempts: 2, refused: { total: 1 } });
    });
  });

  test('answers late where the profile says so, and in order', async () => {
    const latencyMs = { greeting: 5, mail: 5, rcpt: 5, data: 5, accept: 5 };
    await withSim(profileOf({ latencyMs }), async ({ port }) => {
      const started = performance.now();
      const one = await session(port);
      const whole = `MAIL FROM:<n@x.example>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n${LETTER}.\r\n`;
      const codes = (await one.say(`${whole}NOOP\r\n`, 5)).map((line) => line.slice(0, 3));
      expect(codes).toEqual(['250', '250', '354', '250', '250']);
      // Five delays; timers may fire a millisecond early.
      expect(performance.now() - started).toBeGreaterThan(5 * 4);
    });
  });

  test('refuses letters over its size, announced or not', async () => {
    await withSim(profileOf({ maxBytes: 100 }), async ({ port, sim }) => {
      const one = await session(port);
      expect((await one.say('MAIL FROM:<n@x.example> SIZE=101\r\n'))[0]).toMatch(/^552 5\.3\.4/);
      expect(await one.send('a@x.example', { body: `${'x'.repeat(200)}\r\n` })).toMatch(/^552 5\.3\.4/);
      expect(await one.send('a@x.example')).toMatch(/^250/);
      expect(sim.summary().total.refused).toMatchObject({ byWhy: { size: 2 }, byStage: { mail: 1, dot: 1 } });
    });
  });
});

describe('an accepted letter', () => {
  test('is reported with its envelope, Message-ID and true size, and handed over without its stuffing', async () => {
    const letters: SimLetter[] = [];
    const sent = 'Message-ID: <1@example.com>\r\n\r\n.a\r\n..b\r\n';
    const onLetter = (letter: SimLetter) => letters.push(letter);
    await withSim(
      profileOf({}),
      async ({ port, events }) => {
        const one = await session(port);
        await one.say('MAIL FROM:<news@example.com>\r\n');
        await one.say('RCPT TO:<Ann@x.example>\r\n');
        await one.say('RCPT TO:<bob@x.example>\r\n');
        await one.say('DATA\r\n');
        await one.say(`${sent.replaceAll('\r\n.', '\r\n..')}.\r\n`);
        const seen = { event: 'accepted', from: 'news@example.com', messageId: '<1@example.com>', bytes: sent.length };
        expect(events).toContainEqual(expect.objectContaining({ ...seen, to: 'Ann@x.example', connection: 1 }));
        expect(events).toContainEqual(expect.objectContaining({ ...seen, to: 'bob@x.example', connection: 1 }));
        expect(letters).toEqual([
          {
            provider: 'alpha',
            from: 'news@example.com',
            to: ['Ann@x.example', 'bob@x.example'],
            raw: Buffer.from(sent),
          },
        ]);
      },
      { onLetter },
    );
  });

  test('is a duplicate when the recipient had the same Message-ID before', async () => {
    await withSim(profileOf({}), async ({ port, sim }) => {
      const one = await session(port);
      for (const messageId of ['<1@x>', '<1@x>', '<2@x>', '<2@x>', '<1@x>'])
        await one.send('a@x.example', { messageId });
      await one.send('b@x.example', { messageId: '<1@x>' });
      expect(sim.summary().total).toMatchObject({ accepted: 6, unique: 2, duplicates: 3 });
      expect([...sim.accepted('alpha')].map(({ to, messageId }) => `${to} ${messageId}`).slice(1, 3)).toEqual([
        'a@x.example <1@x>',
        'a@x.example <2@x>',
      ]);
    });
  });
});

describe('a hostile or broken client', () => {
  test('that sends no line end is cut with 500', async () => {
    await withSim(profileOf({}), async ({ port, events }) => {
      const one = await session(port);
      one.socket.write('x'.repeat(1_000_000));
      expect(await one.say('')).toEqual(['500 5.5.2 Line too long']);
      await one.over();
      expect(events.at(-1)).toMatchObject({ event: 'closed', by: 'server' });
    });
  });

  test('that floods while its answer is delayed is cut', async () => {
    await withSim(profileOf({ latencyMs: { mail: 60_000 } }), async ({ port, events }) => {
      const one = await session(port);
      one.socket.write(`MAIL FROM:<n@x.example>\r\n${'NOOP\r\n'.repeat(100_000)}`);
      await one.over();
      await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ event: 'closed', by: 'server' }), WITHIN);
    });
  });

  test('that resets in the middle of a letter leaves the others alone', async () => {
    await withSim(profileOf({ maxConnections: 1 }), async ({ port, events, sim }) => {
      const one = await session(port);
      await one.say('MAIL FROM:<n@x.example>\r\nRCPT TO:<a@x.example>\r\nDATA\r\nHello', 3);
      one.socket.resetAndDestroy();
      await vi.waitFor(
        () => expect(events.at(-1)).toMatchObject({ event: 'closed', by: 'client', letters: 0 }),
        WITHIN,
      );
      expect(await (await session(port)).send('b@x.example')).toMatch(/^250/);
      expect(sim.summary().total.accepted).toBe(1);
    });
  });

  test('that resets while an answer is delayed does no harm', async () => {
    await withSim(profileOf({ latencyMs: { accept: 50 } }), async ({ port, events, sim }) => {
      const one = await session(port);
      const whole = `MAIL FROM:<n@x.example>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n${LETTER}.\r\n`;
      await one.say(whole, 3);
      one.socket.resetAndDestroy();
      await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ event: 'closed', by: 'client' }), WITHIN);
      // RFC 1047: whoever hangs up before the answer does not know that the letter was taken.
      expect(sim.summary().total.accepted).toBe(1);
    });
  });

  test('that half-closes still gets its answers', async () => {
    await withSim(profileOf({ latencyMs: { mail: 10 } }), async ({ port }) => {
      const one = await session(port);
      one.socket.end('MAIL FROM:<n@x.example>\r\nRCPT TO:<a@x.example>\r\n');
      expect((await one.say('', 2)).map((line) => line.slice(0, 3))).toEqual(['250', '250']);
      expect(await one.over()).toBe('end');
    });
  });

  test('that falls silent is let go', async () => {
    await withSim(profileOf({ idleSeconds: 0.05 }), async ({ port }) => {
      const one = await client(port);
      expect((await one.say(''))[0]).toMatch(/^220/);
      expect(await one.say('')).toEqual(['421 4.4.2 Timeout exceeded, closing transmission channel']);
      expect(await one.over()).toBe('end');
    });
  });
});

describe('nodemailer', () => {
  const connected = async (port: number) => {
    const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true });
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject);
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    const send = (to: string, raw: string) =>
      new Promise<string>((resolve) => {
        connection.send({ from: 'news@example.com', to: [to] }, raw, (error, info) =>
          resolve(error ? `${error.responseCode} at ${error.command}` : (info?.response ?? '')),
        );
      });
    return { send, close: () => connection.close() };
  };

  test('delivers letters of every size byte for byte', async () => {
    const letters: SimLetter[] = [];
    await withSim(
      profileOf({}),
      async ({ port }) => {
        const { send, close } = await connected(port);
        const bodies = ['x\r\n', '.\r\n..\r\n', 'line of text\r\n'.repeat(100_000)];
        for (const body of bodies) expect(await send('a@x.example', `Subject: x\r\n\r\n${body}`)).toMatch(/^250/);
        expect(letters.map(({ raw }) => raw.toString('latin1'))).toEqual(
          bodies.map((body) => `Subject: x\r\n\r\n${body}`),
        );
        close();
      },
      { onLetter: (letter) => letters.push(letter) },
    );
  });

  test.each([
    ['mail', '421 at MAIL FROM'],
    // It pipelines MAIL, RCPT and DATA, and DATA is never answered.
    ['rcpt', '421 at CONN'],
    ['data', '421 at DATA'],
    ['dot', '421 at DATA'],
  ] as const)('understands a refusal at %s', async (refuseAt, expected) => {
    await withSim(profileOf({ ratePerSecond: 0, burst: 1, refuseAt }), async ({ port }) => {
      const { send, close } = await connected(port);
      expect(await send('a@x.example', LETTER)).toMatch(/^250/);
      expect(await send('b@x.example', LETTER)).toBe(expected);
      close();
    });
  });
});
