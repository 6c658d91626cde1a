import { expect, test } from 'vitest';
import { makeTrials } from '../../../src/core/campaigns/trials.ts';

test('five in a row, none rendered between, are the letter’s fault', () => {
  const trials = makeTrials(false);
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => trials.failed(id))).toEqual([
    ...['unsure', 'unsure', 'unsure', 'unsure', 'letter', 'letter'],
  ]);
});

test('one among others that render is its row’s fault, when it comes again', () => {
  const trials = makeTrials(false);
  trials.rendered();
  expect(trials.failed('a')).toBe('unsure');
  expect(trials.failed('b')).toBe('unsure');
  expect([trials.failed('a'), trials.failed('b')]).toEqual(['row', 'row']);
  trials.rendered();
  expect(trials.failed('c')).toBe('unsure');
});

test('where none has rendered and nobody is left to tell, a person must look', () => {
  const trials = makeTrials(false);
  expect([trials.failed('a'), trials.failed('a')]).toEqual(['unsure', 'letter']);
});

test('where a person wants the others to go, each row stands for itself', () => {
  const trials = makeTrials(true);
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => trials.failed(id))).toEqual(Array(6).fill('row'));
});
