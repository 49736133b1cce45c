import { describe, expect, it } from 'vitest';
import { parseAddress, writeAddress } from '../src/model/address';
import { heardAt, isAudio } from '../src/model/audio';
import { batchOf, prefixOf } from '../src/model/batches';
import type { Conversation } from '../src/model/conversation';
import { emotionName } from '../src/model/describe';
import { decode, ENCODINGS, withoutFlags } from '../src/model/encodings';
import { figureWords } from '../src/model/figures';
import { ANY, leastCertain, matching } from '../src/model/filter';
import { labelSetWords } from '../src/model/label-sets';
import { limits, unreadLanguages } from '../src/model/limits';
import { layNavigator, marks, placeAt } from '../src/model/navigator';
import { overviewOf, sortRows } from '../src/model/overview';
import { readTurns } from '../src/model/reading';
import type { ModelInfo } from '../src/service/types';
import { points, strongest, wordParts } from '../src/model/why';
import { ANGER, JOY, LABELS, NEUTRAL, turn } from './turns';

const TURNS = [
  turn(1, 'Ann', NEUTRAL, { text: 'At the Café' }),
  turn(2, 'Bo', JOY),
  turn(3, 'Ann', ANGER),
  turn(4, 'Bo', null),
];
const reads = readTurns(TURNS, LABELS, 0);

function talk(nTurns: number, answered = 0, status: Conversation['status'] = 'waiting'): Conversation {
  const turns = Array.from({ length: nTurns }, (_, n) => turn(n + 1, 'Ann', n < answered ? JOY : null));
  return { id: 'c', turns, status, note: '' };
}

describe('addresses', () => {
  it('are read as they are written', () => {
    for (const address of ['#/', '#/talk/0a1b', '#/talk/0a1b/3?turn=5', '#/live/0a?look=table', '#/talk/ff?look=timeline&turn=2'])
      expect(writeAddress(parseAddress(address))).toBe(address);
  });

  it('that name nothing lead to the start', () => {
    for (const address of ['', '#/talk/', '#/talk/../x', '#/other/0a', '#/talk/xyz']) expect(writeAddress(parseAddress(address))).toBe('#/');
  });
});

describe('looking for turns', () => {
  it('finds words without accents, speakers, and emotions', () => {
    expect(matching(reads, ANY)).toBeNull();
    expect(matching(reads, { ...ANY, words: 'cafe' })).toEqual([0]);
    expect(matching(reads, { ...ANY, words: 'bo' })).toEqual([1, 3]);
    expect(matching(reads, { ...ANY, emotions: ['joy', 'anger'] })).toEqual([1, 2]);
    expect(matching(reads, { ...ANY, speaker: 'Ann', only: 'shifts' })).toEqual([2]);
  });

  it('finds a range of confidence, without what a person put right', () => {
    expect(matching(reads, { ...ANY, confidence: [0.65, 1] })).toEqual([0, 1]);
    expect(matching(reads, { ...ANY, confidence: [0, 0.65] })).toEqual([2]);
    const corrected = readTurns([turn(1, 'A', ANGER, { correction: 'joy' })], LABELS, 0);
    expect(matching(corrected, { ...ANY, confidence: [0, 0.65] })).toEqual([]);
  });

  it('puts them in order by an emotion, of equals the first', () => {
    expect(matching(reads, { ...ANY, order: 'anger' })).toEqual([2, 1, 0, 3]);
    expect(matching(reads, { ...ANY, order: 'joy', speaker: 'Ann' })).toEqual([2, 0]);
  });

  it('goes from the least certain on, past what was put right and what has no answer', () => {
    expect(leastCertain(reads)).toEqual([2, 1, 0]);
    expect(leastCertain(reads, [3, 0, 1])).toEqual([1, 0]);
    expect(leastCertain(readTurns([turn(1, 'A', ANGER, { correction: 'joy' }), turn(2, 'A', JOY)], LABELS, 0))).toEqual([1]);
  });
});

it('names two labels where the model is not sure', () => {
  const [read] = readTurns([turn(1, 'Ann', [0.3, 0.36, 0.34])], LABELS, 0.4);
  expect(read && emotionName(read)).toBe('unsure: joy or anger');
});

describe('asking in parts', () => {
  it('begins small, grows, and takes a small rest along', () => {
    const sizes: number[] = [];
    for (let done = 0; done < 3000; done = sizes.at(-1) ?? 3000) sizes.push(prefixOf(talk(3000, done)));
    expect(sizes).toEqual([120, 480, 1920, 3000]);
    expect(prefixOf(talk(150))).toBe(150);
  });

  it('puts small conversations together', () => {
    expect(batchOf([talk(100), talk(1, 1, 'done'), talk(100), talk(100)])).toEqual([0, 2]);
    expect(batchOf([talk(900), talk(1)])).toEqual([0]);
  });
});

describe('the navigator', () => {
  it('has a lane for each speaker, a mark for each turn, and leads to it', () => {
    const layout = layNavigator(100, 50, reads.length, 2, false);
    const drawn = marks(reads, ['Ann', 'Bo'], layout);
    expect(drawn.map(({ label }) => label)).toEqual(['neutral', 'joy', 'anger', null]);
    expect(placeAt(layout, 5, layout.before + 2.5 * layout.step)).toBe(2);
    expect(layNavigator(10, 5000, 3000, 40, false).nLanes).toBe(6);
  });
});

describe('several conversations', () => {
  const rows = overviewOf(
    [
      { ...talk(0), id: 'b', turns: TURNS },
      { ...talk(0), id: 'a', turns: [turn(1, 'Ann', [0.34, 0.33, 0.33])] },
    ],
    LABELS,
    0,
  );

  it('are counted', () => {
    expect(rows[0]).toMatchObject({ nTurns: 4, nAnswered: 3, nSpeakers: 2, nShifts: 1, main: 'joy', least: { place: 2 } });
    expect(rows[1]).toMatchObject({ main: null, nShifts: 0 });
  });

  it('are sorted', () => {
    expect(sortRows(rows, 'id', false).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(sortRows(rows, 'nTurns', true).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(sortRows(rows, 'least', false).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(sortRows(rows, 'peak', true, LABELS.indexOf('anger')).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(rows[0]?.peaks[LABELS.indexOf('anger')]).toEqual({ probability: 0.6, place: 2 });
  });
});

describe('why', () => {
  it('shows points, and the strongest changes in their own order', () => {
    expect([0.204, -0.118, 0.001].map(points)).toEqual(['+20', '−12', '0']);
    expect(strongest([{ change: 0.1 }, { change: 0.002 }, { change: -0.3 }, { change: 0.2 }], 2)).toEqual([
      { change: -0.3 },
      { change: 0.2 },
    ]);
  });

  it('finds words by code points', () => {
    const parts = wordParts('🎉 we won', [
      { start: 0, end: 1, change: 0.2 },
      { start: 2, end: 4, change: -0.1 },
    ]);
    expect(parts.map(({ text }) => text)).toEqual(['🎉', ' ', 'we', ' won']);
    expect(parts.map(({ strength }) => strength)).toEqual([1, 0, 0.5, 0]);
  });
});

describe('messages of the service', () => {
  it('name no flags of the command line', () => {
    const said = [
      "x.txt:2: byte 0xE9 does not fit; save it as UTF-8, or name its encoding, such as --encoding cp1252",
      "x.csv: no column was recognised as the speaker: give --speaker-column NAME, or '' if nobody is named; or rename the column",
      "there is no column 'a' for --speaker-note-column",
    ];
    for (const one of said) expect(withoutFlags(one)).not.toContain('--');
    expect(withoutFlags(said[1] ?? '')).toContain('choose the column of the speaker; or rename');
  });
});

describe('what the model cannot do', () => {
  const model: ModelInfo = {
    id: 'embedded',
    kind: 'embedded',
    label_set: 'meld',
    labels: LABELS,
    calibration: 'prior',
    languages: ['en'],
    domain: 'television comedy',
    unsure_below: null,
    other_unsure_below: {},
    figures: {},
  };
  const spoken = (...languages: (string | null)[]) =>
    languages.map((language, place) => {
      const one = turn(place + 1, 'Ann', JOY);
      return { ...one, answer: one.answer && { ...one.answer, language } };
    });

  it('is its languages and its kind of talk', () => {
    expect(limits(model)).toContain('Reads English and treats it as television comedy.');
    expect(limits({ ...model, languages: ['en', 'de'], domain: '' })).toContain('Reads English and German.');
    expect(limits(undefined)).toBe('A guess from the words alone, not a judgement of people.');
  });

  it('is told of turns in languages that it does not read', () => {
    expect(unreadLanguages(spoken('it', 'it', null, 'en'), model)).toBe(
      '2 of 4 turns look like Italian; this model reads English, so it is less sure of them.',
    );
    expect(unreadLanguages(spoken('it', 'de', 'de'), model)).toContain('3 of 3 turns look like German (2) and Italian (1);');
    expect(unreadLanguages(spoken('de', 'en'), { ...model, languages: ['de', 'en'] })).toBeNull();
    expect(unreadLanguages(spoken(null), model)).toBeNull();
  });

  it('is measured, in words', () => {
    expect(figureWords('dev_weighted_f1', 0.56001)).toMatchObject({ value: '56 %' });
    expect(figureWords('dev_weighted_f1_meld', 0.5947)).toEqual({ words: 'the same on meld', value: '59.5 %' });
    expect(figureWords('dev_weighted_f1_float32_meld', 0.5947)).toBeNull();
  });
});

it('has words for every label set that is shipped', () => {
  const names = Object.keys(import.meta.glob('../../src/instructerc/labels/sets/*.yaml', { query: '?raw' })).map((path) =>
    path.replace(/^.*\/|\.yaml$/g, ''),
  );
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => labelSetWords(name, LABELS) === `${name} (${LABELS.length})`)).toEqual([]);
});

it('decodes a file as the service read it', () => {
  const bytes = (...values: number[]) => new Uint8Array(values).buffer;
  expect(decode(bytes(0x63, 0xe9), 'cp1252')).toBe('cé');
  expect(decode(bytes(0xef, 0xbb, 0xbf, 0xc3, 0xa9), undefined)).toBe('é');
  expect(decode(bytes(0xfe, 0xff, 0, 0x61), undefined)).toBe('a');
  expect(decode(bytes(0xff, 0xfe, 0x61, 0), 'utf-16')).toBe('a');
  expect(ENCODINGS.map(([name]) => decode(bytes(0x61, 0x62), name)).slice(0, -1)).toEqual(ENCODINGS.slice(1).map(() => 'ab'));
});

describe('sound', () => {
  it('is known by its type or ending', () => {
    expect(isAudio('a.MP3', '')).toBe(true);
    expect(isAudio('a', 'audio/ogg')).toBe(true);
    expect(isAudio('a.vtt', 'text/vtt')).toBe(false);
  });

  it('is in the last turn that has begun', () => {
    const timed = [turn(1, 'A', JOY, { start: 1 }), turn(2, 'B', JOY, { start: 3 })];
    expect([0, 1, 2.9, 3, 99].map((at) => heardAt(timed, at))).toEqual([-1, 0, 0, 1, 1]);
  });
});
