import type { Finding, Ticket } from '../../../src/core/attribution/finding.ts';
import type { Answer } from '../../../src/core/attribution/proposal.ts';
import { makeStanding, startStanding } from '../../../src/core/attribution/standing.ts';
import { classify } from '../../../src/core/replies/classify.ts';
import type { Stage } from '../../../src/core/replies/reply.ts';
import { plain, shapeOf } from '../../../src/core/replies/shape.ts';

/** A standing with a clock, and answers as a lane gives them to it. */

export type Heard = Partial<Pick<Answer, 'recipient' | 'domain' | 'isRetry' | 'isSingle' | 'sessions'>> & {
  readonly stage?: Stage;
  readonly ticket?: Ticket;
};

/** `random` spreads pauses; .5 always when left out. */
export function laneOf(state = startStanding(), random = () => 0.5) {
  const standing = makeStanding(state);
  let now = Date.UTC(2030, 0, 1, 22);
  let next = 0;

  function weigh(answer: Pick<Answer, 'outcome' | 'code' | 'verdict'>, text: string, heard: Heard): Finding {
    next += 1;
    const { stage = 'rcpt', ticket = standing.enter(), ...who } = heard;
    return standing.weigh({
      answer: {
        recipient: `r${next}`,
        domain: 'a.example',
        isRetry: false,
        isSingle: false,
        sessions: 2,
        ...who,
        stage,
        ...answer,
      },
      ...{ ticket, words: `${answer.code} ${shapeOf(plain(text))}`, now, random: random() },
      reason: { cause: answer.verdict?.cause ?? null, rule: answer.verdict?.rule ?? null, reply: text },
    });
  }

  /** `said`: code, perhaps an enhanced code, and words; nothing for a silence. */
  function refuse(said: string, heard: Heard = {}): Finding {
    const [, digits = '0', enhanced = null, text = ''] = /^(?:(\d{3}) )?(?:(\d\.\d+\.\d+) )?(.*)$/.exec(said)!;
    const stage = heard.stage ?? 'rcpt';
    const verdict = classify(
      { code: Number(digits), enhanced, text },
      { provider: 'other', stage, reused: false, direct: true, carried: 0 },
    );
    return weigh({ outcome: digits === '0' ? 'unreached' : 'refused', code: Number(digits), verdict }, text, heard);
  }

  return {
    standing,
    refuse,
    accept: (heard: Heard = {}) =>
      weigh({ outcome: 'accepted', code: 250, verdict: null }, '', { stage: 'dot', ...heard }),
    accepted(times: number) {
      for (let time = 0; time < times; time++) this.accept();
    },
    pass(ms: number) {
      now += ms;
      standing.advance(now);
    },
    now: () => now,
  };
}
