import { Liquid } from 'liquidjs';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { LETTER, personAt } from './letter.ts';

/**
 * The baseline: what anyone would write. Liquid, MailComposer and SMTPConnection in a loop over so many connections;
 * no ledger, no limits, nothing kept. Arguments: port, letters, connections. Prints the CPU it used as JSON.
 */

const [port = 0, letters = 0, connections = 1] = process.argv.slice(2).map(Number);
const engine = new Liquid();
const [html, text, subject] = [LETTER.html, LETTER.text, LETTER.subject].map((source) => engine.parse(source));
let next = 0;

async function composed(index: number): Promise<Buffer> {
  const person = personAt(index);
  const mail = {
    from: LETTER.from.address,
    to: person.email,
    subject: engine.renderSync(subject!, person),
    html: engine.renderSync(html!, person),
    text: engine.renderSync(text!, person),
    messageId: `<${index}@sender.example>`,
  };
  return new Promise((resolve, reject) =>
    new MailComposer(mail).compile().build((error, raw) => (error ? reject(error) : resolve(raw))),
  );
}

async function sender(): Promise<void> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true });
  await new Promise<void>((resolve, reject) => {
    connection.once('error', reject);
    connection.connect(() => resolve());
  });
  for (let index = next++; index < letters; index = next++) {
    const raw = await composed(index);
    const envelope = { from: LETTER.from.address, to: personAt(index).email };
    await new Promise<void>((resolve, reject) =>
      connection.send(envelope, raw, (error) => (error ? reject(error) : resolve())),
    );
  }
  connection.quit();
}

const before = process.cpuUsage();
await Promise.all(Array.from({ length: connections }, sender));
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1_024 }));
