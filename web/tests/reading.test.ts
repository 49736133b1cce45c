import { describe, expect, it } from 'vitest';
import { agreement, bestLabel, readTurns } from '../src/model/reading';
import { ANGER, JOY, LABELS, NEUTRAL, turn } from './turns';

describe('labels', () => {
  it('is the most probable one, and of equals the first of the set', () => {
    expect(bestLabel({ anger: 0.4, joy: 0.4, neutral: 0.2 }, LABELS)).toBe('joy');
    expect(bestLabel({}, LABELS)).toBeNull();
  });

  it('is left open below the least confidence, and not at it', () => {
    const reads = readTurns([turn(1, 'Ann', JOY), turn(2, 'Bo', ANGER)], LABELS, 0.7);
    expect(reads.map((read) => [read.label, read.unsure])).toEqual([
      ['joy', false],
      [null, true],
    ]);
    expect(reads[1]?.best).toBe('anger');
  });

  it('is the correction where a person gave one, whatever the confidence', () => {
    const [read] = readTurns([turn(1, 'Ann', ANGER, { correction: 'joy' })], LABELS, 0.9);
    expect(read).toMatchObject({ label: 'joy', unsure: false, best: 'anger', confidence: 0.6 });
  });

  it('is neither there nor unsure before the answer', () => {
    const [read] = readTurns([turn(1, 'Ann', null)], LABELS, 0.5);
    expect(read).toMatchObject({ label: null, unsure: false, best: null });
  });
});

describe('shifts', () => {
  const froms = (turns: Parameters<typeof readTurns>[0], least = 0) =>
    readTurns(turns, LABELS, least).map((read) => read.shiftFrom);

  it('compares a speaker with nobody else', () => {
    expect(froms([turn(1, 'Ann', JOY), turn(2, 'Bo', ANGER), turn(3, 'Ann', JOY), turn(4, 'Bo', NEUTRAL)])).toEqual([
      null,
      null,
      null,
      'anger',
    ]);
  });

  it('looks past turns without a label', () => {
    expect(froms([turn(1, 'Ann', JOY), turn(2, 'Ann', ANGER), turn(3, 'Ann', NEUTRAL)], 0.65)).toEqual([
      null,
      null,
      'joy',
    ]);
    expect(froms([turn(1, 'Ann', JOY), turn(2, 'Ann', null), turn(3, 'Ann', JOY)])).toEqual([null, null, null]);
  });

  it('counts a correction as the label', () => {
    expect(froms([turn(1, 'Ann', JOY), turn(2, 'Ann', ANGER, { correction: 'joy' }), turn(3, 'Ann', ANGER)])).toEqual([
      null,
      null,
      'joy',
    ]);
  });
});

describe('agreement with the file', () => {
  it('counts turns whose gold label is in the set, and unsure ones as not agreed', () => {
    const turns = [
      turn(1, 'Ann', JOY, { gold: 'happy' }),
      turn(2, 'Ann', ANGER, { gold: 'anger' }),
      turn(3, 'Ann', NEUTRAL, { gold: 'elated' }),
      turn(4, 'Ann', NEUTRAL),
    ];
    const canonical = (word: string) => (word === 'happy' ? 'joy' : LABELS.includes(word) ? word : null);
    expect(agreement(readTurns(turns, LABELS, 0.65), canonical)).toEqual({ agreed: 1, compared: 2 });
  });
});
