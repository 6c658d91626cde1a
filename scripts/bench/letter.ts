/** The letter that both sides of a bench send: about 10 kB of HTML with merge fields. */

const paragraph =
  '<tr><td style="padding:12px 24px;font:16px/24px Arial,sans-serif;color:#333">Offpeak hours are when the mailbox providers have time for you, {{ first_name }}. ' +
  'Letters that come slowly and steadily are accepted; letters that come all at once are put off, and so are the next ones.</td></tr>\n';

export const LETTER = {
  subject: 'News for {{ first_name }} in {{ city }}',
  from: { address: 'news@sender.example', name: 'Bench' },
  html: `<!doctype html><html><body><table width="600">\n${paragraph.repeat(34)}<tr><td>{{ email }}</td></tr></table></body></html>`,
  text: `Dear {{ first_name }},\n\n${'Offpeak hours are when the mailbox providers have time for you.\n'.repeat(12)}\n{{ city }}\n`,
};

export const personAt = (index: number) => ({
  email: `person${index}@bench.example`,
  first_name: `Ann ${index}`,
  city: index % 3 === 0 ? 'Zürich' : 'Lyon',
});

/** A CSV of the first so many people, as a stream. */
export function csvOf(count: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let index = 0;
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode('email,first_name,city\n')),
    pull(controller) {
      const lines: string[] = [];
      for (const last = Math.min(count, index + 1_000); index < last; index++) {
        const { email, first_name, city } = personAt(index);
        lines.push(`${email},${first_name},${city}\n`);
      }
      if (lines.length > 0) controller.enqueue(encoder.encode(lines.join('')));
      if (index >= count) controller.close();
    },
  });
}
