import { describe, expect, it } from 'vitest';
import { cast, dropTurn, fromFile, placeTurn } from '../src/model/conversation';
import { JOY, turn } from './turns';

const live = (number: number, key: string, status: 'waiting' | 'pending' | 'scored') =>
  turn(number, 'Ann', status === 'scored' ? JOY : null, { key, status });

describe('live turns', () => {
  it('take the place of what was sent under the same key', () => {
    const turns = placeTurn([live(1, 'a', 'scored'), live(2, 'b', 'waiting')], live(2, 'b', 'pending'));
    expect(turns.map((one) => [one.number, one.key, one.status])).toEqual([
      [1, 'a', 'scored'],
      [2, 'b', 'pending'],
    ]);
  });

  it('of others push turns back that the service does not know yet', () => {
    const turns = placeTurn([live(1, 'a', 'scored'), live(2, 'mine', 'waiting')], live(2, 'theirs', 'pending'));
    expect(turns.map((one) => [one.number, one.key])).toEqual([
      [1, 'a'],
      [2, 'theirs'],
      [3, 'mine'],
    ]);
  });

  it('leave those that the service does not know yet where one is deleted', () => {
    const turns = dropTurn([live(1, 'a', 'scored'), live(2, 'b', 'pending'), live(2, 'c', 'waiting')], 2);
    expect(turns.map((one) => one.key)).toEqual(['a', 'c']);
  });

  it('are one turn however often they are told', () => {
    const scored = live(1, 'a', 'scored');
    expect(placeTurn(placeTurn([], scored), scored)).toEqual([scored]);
  });
});

it('names the cast in order of appearance', () => {
  const said = {
    id: 'c',
    utterances: [
      { speaker: 'Bo', text: 'a' },
      { speaker: 'Ann', text: 'b' },
      { speaker: 'Bo', text: 'c' },
    ],
  };
  const { turns } = fromFile(said, [null, 'joy']);
  expect(cast(turns)).toEqual(['Bo', 'Ann']);
  expect(turns.map((one) => one.gold)).toEqual([null, 'joy', null]);
});
