import { countAcceptance, countRefusal, startWall } from './wall.ts';

/** Whether sites that have nothing in common fail together, so that it is not theirs: the network, our address, our resolver. */

export type Crowd = {
  /** Answers whether so many different ones in a row are no chance any more. */
  refused(site: string): boolean;
  accepted(): void;
};

export function makeCrowd(): Crowd {
  let sum = startWall();
  /** Each speaks once, however many letters it refuses. */
  const row = new Set<string>();

  return {
    refused(site) {
      if (!row.has(site)) sum = countRefusal(sum, 'general');
      row.add(site);
      return sum.sum >= 1;
    },
    accepted() {
      sum = countAcceptance(sum);
      row.clear();
    },
  };
}
