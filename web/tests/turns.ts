// Turns for tests.

import type { Turn } from '../src/model/conversation';

export const LABELS = ['neutral', 'joy', 'anger'];

/** Returns a scored turn; probabilities in the order of LABELS. */
export function turn(number: number, speaker: string, probabilities: number[] | null, part: Partial<Turn> = {}): Turn {
  const answer = probabilities && {
    label: null,
    probability: Math.max(...probabilities),
    probabilities: Object.fromEntries(LABELS.map((label, place) => [label, probabilities[place] ?? 0])),
    history_turns: number - 1,
    text_cut: false,
    demonstrations: [],
  };
  return {
    number,
    speaker,
    text: `text ${number}`,
    start: null,
    end: null,
    gold: null,
    status: answer ? 'scored' : 'waiting',
    answer,
    correction: null,
    detail: null,
    receivedAt: null,
    key: null,
    ...part,
  };
}

export const NEUTRAL = [0.8, 0.1, 0.1];
export const JOY = [0.1, 0.7, 0.2];
export const ANGER = [0.2, 0.2, 0.6];
