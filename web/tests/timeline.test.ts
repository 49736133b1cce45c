import { describe, expect, it } from 'vitest';
import { expectedAffect } from '../src/model/affect';
import { readTurns } from '../src/model/reading';
import { summarise } from '../src/model/summary';
import { bands } from '../src/model/timeline/bands';
import { actOf } from '../src/model/timeline/keys';
import { columnLeft, layOut, placeAt, ticks } from '../src/model/timeline/layout';
import { clampRange, pan, reveal, whole, zoomAround } from '../src/model/zoom';
import { retryAfter } from '../src/service/client';
import { ANGER, JOY, LABELS, NEUTRAL, turn } from './turns';

const turns = [turn(1, 'Ann', JOY), turn(2, 'Bo', NEUTRAL), turn(3, 'Ann', ANGER), turn(4, 'Ann', null)];
const reads = readTurns(turns, LABELS, 0.65);

function layout(nTurns: number, width = 1000) {
  const range = whole(nTurns);
  return { range, made: layOut({ width, range, nSpeakers: 2, withGold: false, withAffect: false }) };
}

describe('zoom', () => {
  it('stays inside the conversation and never gets too small to read', () => {
    expect(clampRange({ first: 8, last: 8 }, 10)).toEqual({ first: 7, last: 9 });
    expect(clampRange({ first: 5, last: -4 }, 10)).toEqual({ first: 0, last: 9 });
    expect(clampRange({ first: 0, last: 5 }, 2)).toEqual({ first: 0, last: 1 });
  });

  it('keeps the place that it zooms into', () => {
    const near = zoomAround(whole(101), 0.5, 50, 101);
    expect((near.first + near.last) / 2).toBeCloseTo(50, 0);
    expect(zoomAround(near, 10, 50, 101)).toEqual(whole(101));
  });

  it('moves as little as shows a place', () => {
    expect(reveal({ first: 2, last: 5 }, 7, 10)).toEqual({ first: 4, last: 7 });
    expect(reveal({ first: 2, last: 5 }, 0, 10)).toEqual({ first: 0, last: 3 });
    expect(pan({ first: 2, last: 5 }, 99, 10)).toEqual({ first: 6, last: 9 });
  });
});

describe('layout', () => {
  it('finds the turn under the pointer', () => {
    const { made, range } = layout(20);
    for (const place of [0, 7, 19]) expect(placeAt(made, range, columnLeft(made, range, place) + 1)).toBe(place);
    expect(placeAt(made, range, made.left - 1)).toBeNull();
  });

  it('stays inside its width from a phone to a wide screen', () => {
    for (const width of [320, 360, 1440]) {
      const { made, range } = layout(30, width);
      expect(columnLeft(made, range, 29) + made.columnWidth).toBeLessThanOrEqual(width);
    }
  });

  it('lets turns share columns where they would be too narrow to be seen', () => {
    const { made, range } = layout(5000);
    expect(made.turnsInColumn).toBeGreaterThan(1);
    expect(columnLeft(made, range, 0)).toBe(columnLeft(made, range, made.turnsInColumn - 1));
    expect(ticks(made, range).length).toBeLessThan(60);
  });
});

describe('bands', () => {
  it('fill the lane of their speaker and no other', () => {
    const { made, range } = layout(4);
    const lane = made.lanes[0];
    if (!lane) throw new Error('no lane');
    const drawn = bands(reads, 'Ann', LABELS, [2, 0, 1], made, lane, range);
    const joy = drawn[1];
    // Joy is on top of a column whose parts fill the lane.
    expect(joy?.sure.startsWith(`M${Math.round(columnLeft(made, range, 0) * 10) / 10} ${lane.bandsTop}h`)).toBe(true);
    expect(joy?.ribbon).not.toBe('');
    // The second turn is below the least confidence.
    expect(drawn[2]?.unsure).not.toBe('');
    expect(drawn.every((band) => (band.sure.match(/M/g) ?? []).length <= 1)).toBe(true);
  });
});

describe('keys', () => {
  const speakers = ['Ann', 'Bo'];
  const place = (key: string, from: number) => {
    const act = actOf(key, from, reads, speakers);
    return act?.kind === 'select' ? act.place : act;
  };

  it('go along turns, between lanes and to shifts', () => {
    expect(place('ArrowRight', 3)).toBe(3);
    expect(place('ArrowLeft', 3)).toBe(2);
    expect(place('ArrowDown', 0)).toBe(1);
    expect(place('ArrowUp', 0)).toBe(0);
    expect(place('ArrowUp', 1)).toBe(0);
    expect(place('End', 0)).toBe(3);
    expect(place('Home', 3)).toBe(0);
    const shifting = readTurns(turns, LABELS, 0);
    expect(actOf('s', 0, shifting, speakers)).toEqual({ kind: 'select', place: 2 });
    expect(actOf('S', 3, shifting, speakers)).toEqual({ kind: 'select', place: 2 });
    expect(place('x', 0)).toBeNull();
  });
});

it('summarises speakers', () => {
  expect(summarise(reads, LABELS)).toMatchObject([
    { speaker: 'Ann', nTurns: 3, nAnswered: 2, nUnsure: 1, nShifts: 0, mostOften: ['joy'] },
    { speaker: 'Bo', nTurns: 1, nAnswered: 1, nUnsure: 0, mostOften: ['neutral'], confidence: 0.8 },
  ]);
  const even = readTurns([turn(1, 'Ann', JOY), turn(2, 'Ann', ANGER)], LABELS, 0);
  expect(summarise(even, LABELS)[0]?.mostOften).toEqual(['joy', 'anger']);
  expect(summarise(reads, LABELS)[0]?.confidence).toBeCloseTo(0.65);
});

describe('valence and arousal', () => {
  const info = (label: string, valence: number | null) => ({
    label,
    aliases: [],
    description: null,
    valence,
    arousal: valence === null ? null : 0.5,
    wheel: null,
  });

  it('are what the probabilities of rated labels expect', () => {
    const [read] = reads;
    if (!read) throw new Error('no turn');
    const affect = expectedAffect(read, [info('neutral', 0), info('joy', 1), info('anger', null)]);
    expect(affect?.valence).toBeCloseTo(0.7 / 0.8);
    expect(expectedAffect(read, [info('neutral', null), info('joy', null), info('anger', -1)])).toBeNull();
  });
});

it('reads Retry-After as seconds or as a date, within reason', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(retryAfter('3', now)).toBe(3);
  expect(retryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5);
  expect(retryAfter('soon', now)).toBe(2);
  expect(retryAfter(null, now)).toBe(2);
  expect(retryAfter('99999', now)).toBe(60);
});
